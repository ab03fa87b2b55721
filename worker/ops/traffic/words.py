"""The words that sample events choose among; a word that is there twice is chosen twice as often."""

INFORMATIONAL = ("white_paper", "ebook", "newsletter", "webinar", "trade_show_drawing")
ACTION = ("contact_us", "pricing", "demo_request", "quote", "assessment_request")
PAGES = ("product", "product", "blog", "blog", "customers", "pricing", "careers")
ATTEMPTS = (
    "left_voicemail",
    "left_voicemail",
    "no_answer",
    "no_answer",
    "gatekeeper",
    "busy",
    "failed",
)
REJECTIONS = (
    "no_contact_information",
    "competitor",
    "competitor",
    "misrouted",
    "duplicate",
    "bad_data",
)
DISQUALIFICATIONS = ("unable_to_reach", "no_interest", "not_ready_to_buy", "went_cold")
LISTS = (
    "purchased_list",
    "purchased_list",
    "import",
    "research_upload",
    "manual_entry",
    "content_syndication",
)
