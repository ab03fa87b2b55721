"""The oracle's own reading of an input record: what has to become of each of its items, whatever intake made of them.

It shares the public contract with intake (`schemas`: models, envelope, times), and nothing else. What it says of an
item is a byte (`fate`) and a number: the print of what has to be on the spine or the account-log (`prints`), or of what
has to be a dead letter, and with which codes.

Of an event in our own schema everything is worked out anew: lead, product, time, kind, every field, the number that
tells contents apart, and which fault comes first. Of a vendor's item: whose it is, its event id, its time, the type of
event it becomes, of an e-mail what happened, of a form which one it is; and that it was not refused for nothing.

Not checked: a vendor's other fields; the outcome of its call, which a table of one's own may name; whether an item that
bears a word for which a vendor's table leaves items out is left out; what becomes of one whose word is not known here.
Those are somewhere, or the ledger names them. An event with unknown fields may be refused, as `--strict` does.
"""
