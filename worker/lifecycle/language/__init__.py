"""The language of policies: what a file may say, and the policy that is made of it, ready to decide by."""
