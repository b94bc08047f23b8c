"""Foundation.

What every workload stands on and no single pattern covers: operations, quotas, cost, sustainability, the account.
"""
