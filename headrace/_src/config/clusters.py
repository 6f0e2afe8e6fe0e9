"""Clusters: connecting to none is all that one process needs.

Read next: config/devices.py.
"""

from typing import Any


def experimental_connect_to_cluster(
    cluster_spec_or_resolver: Any,
    job_name: str = "localhost",
    task_index: int = 0,
    protocol: str | None = None,
    make_master_device_default: bool = True,
    cluster_device_filters: Any = None,
) -> None:
    """The connection to the machines of a cluster: there are none to connect to in an empty one.

    cluster_spec_or_resolver: a `tf.train.ClusterSpec`, or an object whose `cluster_spec()` answers
    one. The other arguments concern clusters that are not empty.

    >>> class Alone:
    ...     def as_dict(self):
    ...         return {}
    >>> tf.config.experimental_connect_to_cluster(Alone())

    Raises ValueError for anything else, NotImplementedError for a cluster with machines.
    """
    spec = cluster_spec_or_resolver
    if hasattr(spec, "cluster_spec"):
        spec = spec.cluster_spec()
    if not hasattr(spec, "as_dict"):
        raise ValueError(
            "`cluster_spec_or_resolver` must be a `ClusterSpec` or a `ClusterResolver`."
        )
    if spec.as_dict():
        raise NotImplementedError(
            "tf.config.experimental_connect_to_cluster: headrace has no TensorFlow servers; this "
            f"process runs alone. The cluster has {', '.join(sorted(spec.as_dict()))}."
        )


def experimental_connect_to_host(remote_host: Any = None, job_name: str = "worker") -> None:
    """Refused: the connection to another machine.

    Raises ValueError without a `remote_host`, NotImplementedError with one.
    """
    if not remote_host:
        raise ValueError("Must provide at least one remote_host")
    raise NotImplementedError(
        f"tf.config.experimental_connect_to_host: headrace has no TensorFlow servers, so no job "
        f"{job_name!r} at {remote_host!r}; this process runs alone."
    )
