"""Accounts: what each company is to us, and whom news of it concerns. Pure, and knows no lifecycle."""
