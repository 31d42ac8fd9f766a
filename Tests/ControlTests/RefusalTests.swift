// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Testing

/// A refusal arrives as it left, under an error that the interface has, and reads as a line of ifconfig(8).
@Suite struct RefusalTests {
    @Test(arguments: [
        (Refusal("stf0", nil, .ENXIO), "stf0: Device not configured"),
        (Refusal("stf0", "mtu 100", .EINVAL), "stf0: mtu 100: Invalid argument"),
        (
            Refusal("stf0", "2001:db8::1", .EINVAL, "not in 2002::/16"),
            "stf0: 2001:db8::1: Invalid argument (not in 2002::/16)"
        ),
        (Refusal("stf0", nil, .EBUSY, "in use"), "stf0: Device busy (in use)"),
    ])
    func `the line names what and why`(refusal: Refusal, line: String) {
        #expect(refusal.line == line)
    }

    @Test(arguments: BSDErrno.allCases)
    func `a refusal arrives as it left`(errno: BSDErrno) throws {
        for refusal in Refusal.samples(errno) {
            #expect(try VarlinkWire.convert(refusal, to: Refusal.self) == refusal)
        }
    }

    @Test(arguments: BSDErrno.allCases, [IfnetMethod.interface, MIBMethod.interface])
    func `every errno travels as an error that the interface has`(errno: BSDErrno, name: String) throws {
        let interface = try shipped(name)
        let structure = try #require(interface.errors[Refusal("stf0", nil, errno).errorName])
        for refusal in Refusal.samples(errno) {
            #expect(interface.offender(in: try json(refusal), as: structure) == nil)
        }
        var whole = Refusal("stf0", "up", errno, "why")
        whole.index = 2
        #expect(try keys(whole) == fieldNames(structure))
    }

    @Test(arguments: [IfnetMethod.interface, MIBMethod.interface])
    func `every error of the interface is used`(name: String) throws {
        let used = Set(BSDErrno.allCases.map { Refusal("", nil, $0).errorName })
        #expect(try Set(shipped(name).errors.keys) == used)
    }

    @Test func `the encoding spells the error out`() throws {
        let bytes = try VarlinkWire.encode(Refusal("stf0", "mtu 9", .EOPNOTSUPP, "too small"))
        #expect(
            String(decoding: bytes.dropLast(), as: UTF8.self) == """
                {"detail":"too small","errno":"EOPNOTSUPP","number":45,"object":"stf0",\
                "reason":"Operation not supported","value":"mtu 9"}
                """)
    }

    @Test
    func `a number of a newer daemon is an input/output error`() throws {
        let text = #"{"object":"stf0","number":4711,"errno":"ENEW","reason":"new"}"#
        #expect(try VarlinkWire.decode(Refusal.self, from: Array(text.utf8)) == Refusal("stf0", nil, .EIO))
    }
}

extension Refusal {
    /// With and without each field that may be absent.
    static func samples(_ errno: BSDErrno) -> [Refusal] {
        [
            Refusal("stf0", nil, errno), Refusal("stf0", "up", errno), Refusal("stf0", nil, errno, "why"),
            Refusal("stf0", "up", errno, "why"), Refusal("", "", errno, ""),
            Refusal("é\"\\/\n\0", "😀", errno, "\u{7F}"),
        ]
    }
}
