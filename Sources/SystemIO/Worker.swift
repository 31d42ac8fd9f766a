// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
import SystemPackage

/// A named thread that runs one loop until its wake event is signalled.
///
/// Its signals are all blocked, so that they reach the control thread's signalfd(2).
public final class Worker: Sendable {
    private let thread: pthread_t
    private let wake: WakeEvent

    private final class Start: Sendable {
        let body: @Sendable (WakeEvent) -> Void
        let wake: WakeEvent

        init(wake: WakeEvent, body: @escaping @Sendable (WakeEvent) -> Void) {
            self.wake = wake
            self.body = body
        }
    }

    /// - Parameter name: at most 15 bytes show in ps(1) and top(1).
    public init(_ name: String, body: @escaping @Sendable (WakeEvent) -> Void) throws(SystemError) {
        let wake = try WakeEvent()
        let start = unsafe Unmanaged.passRetained(Start(wake: wake, body: body))
        var thread = pthread_t()
        let errno = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.body(start.wake)
                return nil
            }, start.toOpaque())
        guard errno == 0 else {
            unsafe start.release()
            throw SystemError("pthread_create", Errno(rawValue: errno))
        }
        // From here, so that whoever hears that it runs finds it by its name.
        unsafe clinux_name_thread(thread, name)
        self.thread = thread
        self.wake = wake
    }

    /// Ends the loop and waits for it.
    public func stop() {
        wake.signal()
        pthread_join(thread, nil)
    }
}

/// Processors that this process may run on, at least one: sched_getaffinity(2).
public func usableCores() -> Int {
    Int(max(clinux_usable_cores(), 1))
}
