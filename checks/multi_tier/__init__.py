"""Multi-tier.

Presentation, application, cache and data tiers in subnets of their own, each reachable only from the tier before it,
each redundant across Availability Zones and scaled on its own.
"""
