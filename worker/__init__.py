"""The lead routing worker: what leads do, and what people say of them, becomes statuses and handoffs."""
