"""What vendors post, read by tables: one a vendor, and one engine that knows none of them.

A table says where the items are in a body, which of the vendor's kinds becomes which public event or is ignored and
why, and where each field is found. What comes out is a public event as any producer would send it, and passes through
the same checks: an item the table has no word for is a dead letter, never dropped in silence. A vendor's word for the
lead (its own place for `lead_id`) comes first, then e-mail address, then phone number, as everywhere.
"""
