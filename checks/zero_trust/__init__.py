"""Zero trust.

Every request is authenticated, authorized and encrypted, wherever it comes from: identities instead of networks,
least privilege that is reviewed, segments that stop lateral movement, secrets that rotate, threats that are seen.
"""
