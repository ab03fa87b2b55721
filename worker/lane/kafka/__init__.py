"""The log of the lanes on Kafka, with aiokafka; the only place of the record path that knows either."""
