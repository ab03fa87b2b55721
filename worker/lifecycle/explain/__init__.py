"""Why: what `decide` noted on its way, told cause by cause, and where a lead stands."""
