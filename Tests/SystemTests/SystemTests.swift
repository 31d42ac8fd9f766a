// SPDX-License-Identifier: BSD-2-Clause
import Testing

/// The whole thing, run as a user would: `inet6d` and `stfctl` in network namespaces of a real kernel. One test at a
/// time; each makes its own hosts and wires, and takes them away. They need root, and fail without it.
@Suite(.serialized) enum SystemTests {}
