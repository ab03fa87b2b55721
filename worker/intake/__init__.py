"""The door: what producers and vendors send is read, checked and normalised here, once.

`admit` takes the bytes of one record and returns its items, each exactly one of: an activity for the spine, an account
update for the account-log, a dead letter with a code, or ignored because a vendor's table says so. It is a pure
function of its arguments, so who reads a record again, anywhere, gets the same items. Faults are looked for in a fixed
order (encoding, JSON, limits, schema, envelope, time, identity) and the first one names the dead letter. No message
repeats a value or a key of the sender's: they end in headers and logs.
"""
