// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// The user that this process acts as.
public func effectiveUserID() -> UInt32 { geteuid() }

/// The number of a user; nil if there is none of this name. For one thread: getpwnam(3).
public func userID(named name: String) -> UInt32? {
    guard let user = unsafe getpwnam(name) else { return nil }
    return unsafe user.pointee.pw_uid
}

/// The number of a group; nil if there is none of this name. For one thread: getgrnam(3).
public func groupID(named name: String) -> UInt32? {
    guard let group = unsafe getgrnam(name) else { return nil }
    return unsafe group.pointee.gr_gid
}
