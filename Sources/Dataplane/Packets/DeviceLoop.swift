// SPDX-License-Identifier: BSD-2-Clause
import SystemIO

/// Takes a turn whenever there is something to read, until `wake` is signalled or the device is gone.
func deviceLoop(
    _ input: PollDescriptor, or other: PollDescriptor? = nil, until wake: WakeEvent,
    _ turn: () throws(SystemError) -> Void
) {
    do throws(SystemError) {
        while try waitForInput(input, or: other, unless: wake) { try turn() }
    } catch {
        // EBADFD: somebody deleted the device. The control thread learns it from the kernel and cleans up.
    }
}
