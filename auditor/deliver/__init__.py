"""Deliveries send an assessment to other systems. They are the only part that writes, and never into what was audited.

Each is a value with its settings, checked when it is made, and `send`. What could not be sent is told, one line each,
and never stops the rest.
"""
