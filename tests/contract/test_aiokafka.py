"""The points of aiokafka that the record path relies upon have not changed since they were read.

When one of these fails after an upgrade: read the new source, decide whether the reason beside it still holds, run
`tests/kafka` and `make proof`, and only then write the new hash down.
"""

from __future__ import annotations

import gc
import hashlib
import inspect
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.consumer.consumer import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance, GroupCoordinator
from aiokafka.producer.message_accumulator import MessageAccumulator
from aiokafka.producer.producer import AIOKafkaProducer
from aiokafka.producer.sender import AddPartitionsToTxnHandler, Sender, SendProduceReqHandler
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.record.default_records import _DefaultRecordBatchPy

POINTS: list[tuple[Any, str, str]] = [
    (AIOKafkaProducer.stop, "43ef97147111893b", "flushes: so an abandoned producer avoids it"),
    (AIOKafkaProducer.send_batch, "bf42b0f0c5c0646d", "does not suspend once metadata is known"),
    (AIOKafkaProducer.begin_transaction, "f5128199fc271ddc", "sends nothing"),
    (AIOKafkaProducer.commit_transaction, "c7f9677c89413f97", "returns before markers are there"),
    (AIOKafkaProducer.__init__, "fd6f2966fb3dc883", "makes a sender of the module's class"),
    (Sender.start, "ef0a0cbbf1f69e7d", "keeps the task it begins in `_sender_task`"),
    (Sender._maybe_do_transactional_request, "71227a8a4d9ca80d", "returns the task that it begins"),
    (Sender._fail_all, "5a67e3b6f87be0c5", "stays quiet about a cancelled sender"),
    (AIOKafkaConnection.send, "5909ea32f4efca49", "writes at once, and its time counts from then"),
    (create_conn, "673276cbddb4dc7c", "makes a connection of the module's class"),
    (AIOKafkaClient._metadata_update, "06dc51ed3e0d38b8", "asks by the module's class"),
    (AIOKafkaAdminClient._get_cluster_metadata, "a6c7a68344da3851", "as above"),
    (MetadataRequest, "0a2584162e6d4244", "has a topic made, unless told otherwise"),
    (AIOKafkaClient.send, "246b277687d7b687", "awaits an answer where it has sent"),
    (
        Sender._send_produce_req,
        "aea01ae4b6c794cc",
        "makes a handler of the module's class for each request",
    ),
    (
        SendProduceReqHandler.handle_response,
        "850323cc8f77abc3",
        "ends or keeps each batch that it holds",
    ),
    (
        Sender._do_add_partitions_to_txn,
        "b1330b91841c22ea",
        "makes a handler of the module's class for each request",
    ),
    (
        AddPartitionsToTxnHandler.handle_response,
        "67266db24da2dfaf",
        "fails the transaction where a topic was refused, and lets go what waits for it",
    ),
    (
        Sender._sender_routine,
        "2380dc5e333d9ebd",
        "ends with the error of a request of the transaction, without a word where that is one of three",
    ),
    (MessageAccumulator.fail_all, "f1e12e8100bfcb8c", "fails whatever waits, and comes"),
    (MessageAccumulator.add_batch, "5ed1c5b1367ad854", "keeps a partition's batches in order"),
    (AIOKafkaConsumer.getmany, "bc6d248e42a4e9d9", "does not suspend between drain and return"),
    (Fetcher.fetched_records, "be4348896b9b66af", "as above"),
    (AIOKafkaConsumer.position, "2512259a90a2ebd7", "answers in the same loop step if it can"),
    (AIOKafkaConsumer.last_stable_offset, "ed875fe136b96e88", "comes from the last fetch"),
    (FetchResult, "d7db13f06de8248c", "moves the position over markers, drops stale fetches"),
    (Fetcher._proc_fetch_request, "59bf948fff47eed5", "drops fetches of before a seek"),
    (PartitionRecords, "94aa0da0dbec8d1b", "walks over what `MemoryRecords` gives, batch by batch"),
    (
        _DefaultRecordBatchPy,
        "f63fbb5a8a247d54",
        "keeps its bytes in `_buffer` once uncompressed, and decodes header names from it",
    ),
    (AIOKafkaConsumer.stop, "bc5da9c98595299a", "ends the fetching after the membership"),
    (Fetcher.close, "1cd24bc1c442149e", "waits for `_fetch_task`, which it cancels once"),
    (
        Fetcher._fetch_requests_routine,
        "2a8ec5932644c9b0",
        "may swallow a cancellation, and hears the next one",
    ),
    (Fetcher._update_fetch_positions, "d7774d8241dc6a7e", "lets a seek win over a look-up"),
    (Fetcher.seek_to, "f0ba6aba6c22ef83", "takes effect at once"),
    (AIOKafkaAdminClient._send_request, "1ed126f126dd917a", "asks one node anything"),
    (DescribeGroupsRequest, "2aab27a04b0e4de0", "lets `build` choose the version"),
    (AIOKafkaConsumer.start, "2f1ba70443327538", "makes a coordinator of the module's class"),
    (GroupCoordinator._send_req, "fa4b12e914ce9fcf", "is the way of all that a member says"),
    (HeartbeatRequest, "61fd1d60122d11e4", "lets `build` choose the version"),
    (
        GroupCoordinator._coordination_routine,
        "75273e127d4a4f5d",
        "ends, and joins no more, once `_closing` is done",
    ),
    (
        CoordinatorGroupRebalance.perform_group_join,
        "ff2c2109b2e9868d",
        "joins as somebody new, under the name, once its id was unknown",
    ),
    (
        CoordinatorGroupRebalance._send_sync_group_request,
        "7429ca078ddf9bb7",
        "the same: `member_id` and `generation` are what was dealt to",
    ),
    (GroupCoordinator.check_errors, "ba6ca51ad34838d9", "raises what a group refused, once"),
    (
        GroupCoordinator._push_error_to_user,
        "743ff515bd7e2e38",
        "waits until that was asked for, which nobody does who waits for his share",
    ),
    (
        GroupCoordinator._do_heartbeat,
        "dc1d6632aaa68e96",
        "tells no name: whose name another has taken is unknown, and would come anew under it",
    ),
    (GroupCoordinator._on_join_prepare, "4d9524afc0ee2c2f", "awaits the revoke, swallows errors"),
    (
        GroupCoordinator._on_join_complete,
        "0b0b3d204b408f3c",
        "awaits the assignment, swallows errors",
    ),
]


@pytest.mark.parametrize(
    "point, hashed, reason", POINTS, ids=[point.__qualname__ for point, _, _ in POINTS]
)
def test_a_point_relied_upon_is_as_it_was_read(point: Any, hashed: str, reason: str) -> None:
    gc.collect()  # Python 3.11 cannot parse while the end of some object runs code (its issue 106905)
    source = inspect.getsource(point).encode()
    assert hashlib.sha256(source).hexdigest()[: len(hashed)] == hashed, reason
