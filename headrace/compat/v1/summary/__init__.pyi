from headrace._src.proto.event import Event as Event
from headrace._src.proto.event import SessionLog as SessionLog
from headrace._src.proto.event import Summary as Summary
