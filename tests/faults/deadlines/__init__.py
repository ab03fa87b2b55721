"""E6 by night: leads by the ten thousand whose deadlines come due while nobody is at work, or while clocks disagree.

Workers live with a clock that is shifted (`shifted`): a crowd of leads (`crowd`) arms its deadlines 90 days ago, and
those who come back (`phases`) live today. What has fired is read off the topics (`fired`), lead by lead.
"""
