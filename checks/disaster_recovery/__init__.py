"""Disaster recovery.

What is left when a Region, an account or the data is lost: backups that can be restored, copies in a second Region,
standby capacity, traffic that fails over, and tests that show it. Strategies from backup and restore to active-active.
"""
