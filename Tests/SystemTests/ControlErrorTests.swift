// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// A call that is wrong is answered with the named error that says where, and changes nothing. One host.
    @Suite struct ControlErrorTests {
        private static let service = "org.varlink.service"

        /// A message, the error and its only parameter.
        private static let calls = [
            (#"{"method":"a.b.C"}"#, "InterfaceNotFound", "interface", "a.b"),
            (#"{"method":"."}"#, "InterfaceNotFound", "interface", ""),
            (#"{"method":""}"#, "MethodNotFound", "method", ""),
            (#"{"method":"List"}"#, "MethodNotFound", "method", "List"),
            (call("Frob"), "MethodNotFound", "method", "io.hydrangea.ifnet.Frob"),
            (call("list"), "MethodNotFound", "method", "io.hydrangea.ifnet.list"),
            (call("List", "[]"), "InvalidParameter", "parameter", ""),
            (call("List", #"{"interface":7}"#), "InvalidParameter", "parameter", "interface"),
            (call("List", #"{"counters":"yes"}"#), "InvalidParameter", "parameter", "counters"),
            (call("List", #"{"Interface":"stf0"}"#), "InvalidParameter", "parameter", "Interface"),
            (call("Apply"), "InvalidParameter", "parameter", "changes"),
            (call("Apply", #"{"changes":{}}"#), "InvalidParameter", "parameter", "changes"),
            (call("Apply", #"{"changes":[null]}"#), "InvalidParameter", "parameter", "changes[0]"),
            (change(#""mtuu":1400"#), "InvalidParameter", "parameter", "changes[1].mtuu"),
            (change(#""mtu":"1400""#), "InvalidParameter", "parameter", "changes[1].mtu"),
            (change(#""mtu":1400.5"#), "InvalidParameter", "parameter", "changes[1].mtu"),
            (change(#""mtu":1e30"#), "InvalidParameter", "parameter", "changes[1].mtu"),
            (change(#""mtu":9223372036854775808"#), "InvalidParameter", "parameter", "changes[1].mtu"),
            (change(#""up":1"#), "InvalidParameter", "parameter", "changes[1].up"),
            (change(#""inet6":"2002:c000:201::1""#), "InvalidParameter", "parameter", "changes[1].inet6"),
            (change(#""inet6":{}"#), "InvalidParameter", "parameter", "changes[1].inet6.address"),
            (
                change(#""inet6":{"address":"2002:c000:201::1","prefixlength":16}"#), "InvalidParameter", "parameter",
                "changes[1].inet6.prefixlength"
            ),
            (
                #"{"method":"\#(service).GetInterfaceDescription"}"#, "InvalidParameter", "parameter",
                "interface"
            ),
            (
                #"{"method":"\#(service).GetInterfaceDescription","parameters":{"interface":"a.b"}}"#,
                "InterfaceNotFound", "interface", "a.b"
            ),
        ]

        /// The first change would do; the second has the fields given.
        private static func change(_ fields: String) -> String {
            call("Apply", #"{"changes":[{"interface":"stf0","create":true},{"interface":"stf0",\#(fields)}]}"#)
        }

        @Test func aWrongCallIsToldWhereAndChangesNothing() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let client = try RawClient(daemon)
                for (message, error, parameter, value) in ControlErrorTests.calls {
                    let reply = #"""
                        {"error":"\#(ControlErrorTests.service).\#(error)","parameters":{"\#(parameter)":"\#(value)"}}
                        """#
                    #expect(client.call(message) == reply, "\(message)")
                }
                #expect(try daemon.interfaces() == [])
            }
        }

        /// Values of the right type that the daemon refuses, whatever else the request holds.
        private static let values = [
            (#""mtu":9223372036854775807"#, "mtu 9223372036854775807"),
            (#""mtu":-1"#, "mtu -1"),
            (#""inet6":{"address":"2002:c000:201::1","prefixlen":-1}"#, "inet6 2002:c000:201::1/-1"),
            (#""inet6":{"address":"2002:c000:201::1","pltime":-2}"#, "inet6 2002:c000:201::1"),
            (#""inet6":{"address":"2002:c000:201::1","vltime":4294967295}"#, "inet6 2002:c000:201::1"),
            (#""inet6":{"address":"2002:c000:201::1%lo"}"#, "inet6 2002:c000:201::1%lo"),
            (#""inet6":{"address":"192.0.2.1"}"#, "inet6 192.0.2.1"),
            (#""inet6":{"address":""}"#, "inet6 "),
            (#""description":"two\nlines""#, "description"),
            (#""description":"\#(String(repeating: "ä", count: 128))""#, "description"),
            (#""stfv4net":"192.0.2.1""#, "stfv4net 192.0.2.1"),
            (#""stfv4br":"everywhere""#, "stfv4br everywhere"),
        ]

        @Test func aValueThatCannotBeIsNamed() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let client = try RawClient(daemon)
                for (fields, value) in ControlErrorTests.values {
                    let reply = try #require(client.call(ControlErrorTests.change(fields)), "\(fields)")
                    #expect(reply.hasPrefix(#"{"error":"io.hydrangea.ifnet.Invalid","parameters":{"#), "\(reply)")
                    #expect(
                        reply.hasSuffix(
                            #""number":22,"object":"stf0","reason":"Invalid argument","value":"\#(value)"}}"#),
                        "\(reply)")
                }
                #expect(try daemon.interfaces() == [])
            }
        }

        @Test(arguments: [
            "", "stf\\u0000", "stf-1", "stf00", "stf32768", "stf99999999999999999999", "lo", "sit0", "STF0",
        ])
        func aNameThatNoClonerMakesIsRefused(_ name: String) throws {
            try Topology.with { net in
                let client = try RawClient(try net.daemon(in: try net.namespace("a")))
                let reply = client.call(call("Apply", #"{"changes":[{"interface":"\#(name)","create":true}]}"#))
                #expect(reply?.hasPrefix(#"{"error":"io.hydrangea.ifnet."#) == true, "\(reply ?? "closed")")
                #expect(client.call(call("List")) == #"{"parameters":{"interfaces":[]}}"#)
            }
        }

        @Test func aCallThatWantsNoReplyGetsNone() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let client = try RawClient(daemon)
                let create = #"{"changes":[{"interface":"stf0","create":true}]}"#
                client.send(call("Apply", create, #","oneway":true"#))
                // Done already, so refused; and that is not told either.
                client.send(call("Apply", create, #","oneway":true"#))
                client.send(call("Frob", "{}", #","oneway":true"#))
                #expect(client.call(call("Cloners")) == #"{"parameters":{"kinds":["stf","faith","vamp","puppet"]}}"#)
                #expect(try daemon.succeed("-l") == "stf0\n")
            }
        }

        /// What Varlink leaves to the caller makes no difference.
        @Test(arguments: [
            call("Cloners", "{}", #","more":true"#), call("Cloners", "{}", #","upgrade":true"#),
            call("Cloners", "null"), call("Cloners", "{}", #","new":[1,2]"#), " \n\t\(call("Cloners"))\r\n",
        ])
        func aCallInOtherWordsIsAnswered(_ message: String) throws {
            try Topology.with { net in
                let client = try RawClient(try net.daemon(in: try net.namespace("a")))
                #expect(client.call(message) == #"{"parameters":{"kinds":["stf","faith","vamp","puppet"]}}"#)
            }
        }
    }
}
