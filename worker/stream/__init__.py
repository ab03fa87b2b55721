"""Wiring: the Faust app, its services, and what surrounds them; the only place that knows all."""
