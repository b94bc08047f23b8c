"""Edge.

Content, protection and computation near the users: CloudFront in front of every public endpoint, WAF and Shield at the
edge, edge functions within their limits, Local Zones where milliseconds count.
"""
