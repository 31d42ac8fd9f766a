// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import SystemIO
internal import SystemPackage

/// A program that serves one client.
struct LocalService: ~Copyable {
    let number: UInt64
    var child: ChildProgram
    let program: RelayProgram
    let request: RelayRequest
    /// Whose limits it counts for.
    let prefix: IPv6Address
    let began: UInt64
    var isKilled = false
}

extension RelayWorker {
    /// How long programs may take to end when the relay stops, in milliseconds.
    private static let patience = 1000

    /// Starts a program. False: the client was refused.
    mutating func serve(
        _ client: consuming TCPSocket, _ request: RelayRequest, _ prefix: IPv6Address, by program: RelayProgram
    ) -> Bool {
        guard shared.admitProgram(settings) else {
            refuse(client, request, .programLimit)
            return false
        }
        if let failure = start(program, client, request, prefix) {
            shared.dismissProgram()
            refuse(client, request, failure == .tooManyOpenFiles ? .noDescriptors : .programFailed)
            return false
        }
        return true
    }

    private mutating func start(
        _ program: RelayProgram, _ client: borrowing TCPSocket, _ request: RelayRequest, _ prefix: IPv6Address
    ) -> Errno? {
        do throws(SystemError) {
            let child = try ChildProgram(program.path, program.arguments, io: client)
            let number = nextNumber()
            let slot = services.insert(
                LocalService(
                    number: number, child: child, program: program, request: request, prefix: prefix, began: now))
            try watchService(slot)
            shared.events.note(
                .began(number: number, client: request.client, asked: request.destination, server: nil))
            return nil
        } catch {
            return error.errno
        }
    }

    private mutating func watchService(_ slot: Int) throws(SystemError) {
        let tag = EventTag(slot: slot, generation: services.generation(slot), kind: .program).raw
        do throws(SystemError) {
            try poller.add(services[slot].child.pollable, tag: tag)
        } catch {
            var service = services.remove(slot)
            service.child.signal(.kill)
            _ = service.child.end(isAwaited: true)
            throw error
        }
    }

    /// A program was reported to have ended.
    mutating func finishService(_ slot: Int, _ generation: UInt32) {
        guard services.holds(slot), services.generation(slot) == generation,
            let end = services[slot].child.end()
        else { return }
        let reason: RelayEnd = services[slot].isKilled ? .killed : end == .exited(0) ? .finished : .programError
        removeService(slot, reason)
    }

    private mutating func removeService(_ slot: Int, _ reason: RelayEnd) {
        let service = services.remove(slot)
        tally.count(reason)
        shared.dismissProgram()
        shared.dismiss(service.prefix)
        shared.events.note(
            .ended(
                number: service.number, reason, bytesToServer: 0, bytesToClient: 0,
                age: .nanoseconds(Int64(clamping: now &- service.began))))
    }

    /// Ends the programs with these numbers; returns how many there were.
    mutating func killServices(_ numbers: Set<UInt64>) -> Int {
        var killed = 0
        for slot in 0..<services.slots where services.holds(slot) && numbers.contains(services[slot].number) {
            services[slot].isKilled = true
            services[slot].child.signal(.kill)
            killed += 1
        }
        return killed
    }

    /// Ends all programs: as a terminal that goes away does, and then as it takes.
    mutating func endServices() {
        for slot in 0..<services.slots where services.holds(slot) {
            services[slot].child.signal(.hangup)
            services[slot].child.signal(.terminate)
        }
        let deadline = monotonicNanoseconds() + UInt64(RelayWorker.patience) * 1_000_000
        for slot in 0..<services.slots where services.holds(slot) {
            let left = deadline - min(monotonicNanoseconds(), deadline)
            if !services[slot].child.hasEnded(within: Int32(left / 1_000_000)) { services[slot].child.signal(.kill) }
            _ = services[slot].child.end(isAwaited: true)
            removeService(slot, .stopped)
        }
    }
}
