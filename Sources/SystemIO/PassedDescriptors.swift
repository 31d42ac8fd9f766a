// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

extension Estate {
    /// What a service manager has passed to this process, from descriptor 3 on, by the names that it says
    /// (sd_listen_fds(3)). To be called once.
    /// - Throws: EBADF if there are fewer, EEXIST if two have one name.
    public convenience init(passed count: Int, named names: [String]) throws(SystemError) {
        self.init()
        for place in 0..<min(max(count, 0), 4096) {
            let number = Int32(3 + place)
            let flags = fcntl(number, F_GETFL)
            // They come without close-on-exec, and as a loop could not use them.
            guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) >= 0,
                fcntl(number, F_SETFD, FD_CLOEXEC) >= 0
            else {
                throw SystemError(object: "descriptor \(number), which LISTEN_FDS says is there", .badFileDescriptor)
            }
            let name = names.indices.contains(place) && !names[place].isEmpty ? names[place] : "unknown"
            try leave(Descriptor(number: number), as: name)
        }
    }
}
