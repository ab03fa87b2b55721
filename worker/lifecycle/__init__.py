"""The core: what a lead is, what a policy says, and `decide`, the one place where a status changes.

Nothing here reads a clock, a file, the network or the environment. Time comes with the activity: a lead's clock is the
latest time it has heard of, and an older activity is decided as of that clock. Before an activity is folded, every
deadline of the lead that is due at or before it fires, in order of due time; so does a `DeadlineReached` message.
The order of a lead's life is therefore the order of its log, and a log told again gives the same bytes.

The pieces, in reading order: `calendar` and `scoring` (time and points), `record` (what is kept of a lead), `policy`
(the language a policy is written in), `signals` and `facts` (what a policy can speak about), `ready`, `plan` and
`compiler` (a policy made ready to run), `checker` (what is wrong with one), `decide` (one activity), `transition`,
`requests` and `outcomes` (its parts), `receive` (one message of a lead's log, which may have to wait for the lead's
account first), `explain` (what was tried on the way) and `explain_standing` (what comes next).
"""
