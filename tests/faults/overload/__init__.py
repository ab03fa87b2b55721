"""E10: real workers with more to do than they can, or may; then the logs are judged.

Three situations, each on a broker of its own: the workers are over their quota (`quota`), a burst comes that is beyond
what they can (`burst`), most of what comes is of one lead (`hot_lead`). In each a worker dies.
"""
