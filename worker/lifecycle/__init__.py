"""The core: what a lead is, what a policy says, and `decide`, the one place where a status changes.

Nothing here reads a clock, a file, the network or the environment. Time comes with the activity: a lead's clock is the
latest time it has heard of, and an older activity is decided as of that clock. Before an activity is folded, every
deadline of the lead that is due at or before it fires, in order of due time; so does a `DeadlineReached` message.
The order of a lead's life is therefore the order of its log, and a log told again gives the same bytes.

In reading order: `calendar` and `scoring` (time and points), `record` (what is kept of a lead), `signals` (what an
activity is called), the room `language` (what a policy may say: `policy`, `facts`; made ready to run: `compiler`,
`plan`), the room `checker` (what is wrong with one), `decide` (one activity), `transition`, `requests` and `outcomes`
(its parts), `receive` (one message of a lead's log, which may have to wait for the lead's account first), and the room
`explain` (what was tried on the way, and what comes next).
"""
