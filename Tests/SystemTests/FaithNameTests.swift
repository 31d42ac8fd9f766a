// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// A client asks a DNS64 resolver (RFC 6147) on the router for the name of a server that has only IPv4, and reaches it.
    @Suite struct FaithNameTests {
        @Test(arguments: Resolver.allCases)
        func nameWithoutIPv6IsReached(_ resolver: Resolver) throws {
            try with(resolver) { bed, lookUp in
                try bed.serveHTTP("server { listen 80; return 200 \"the page of $host\"; }", port: 80)
                let answer = try lookUp("curl -sS -w ' %{remote_ip}' http://www.v4only.example/")
                #expect(answer == "the page of www.v4only.example \(FaithBed.address)")
                // An alias of it is, too.
                let alias = try lookUp("curl -sS -w ' %{remote_ip}' http://alias.v4only.example/")
                #expect(alias == "the page of alias.v4only.example \(FaithBed.address)")
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 2"] })
            }
        }

        /// What has IPv6 is reached with it, and what has no address has none.
        @Test(arguments: Resolver.allCases)
        func namesWithIPv6AreLeftAlone(_ resolver: Resolver) throws {
            try with(resolver) { _, lookUp in
                let native = try lookUp("getent ahostsv6 both.v4only.example")
                #expect(native.contains("2001:db8:9::80"), "\(native)")
                #expect(!native.contains("2001:db8:64:"), "\(native)")
                #expect(throws: CommandFailure.self) { try lookUp("getent ahosts nobody.v4only.example") }
            }
        }

        /// The other way round, and what BIND can keep to itself.
        @Test func bindMapsBackAndKeepsPrivateAddresses() throws {
            try with(.bind9) { _, lookUp in
                let name = try lookUp("getent hosts \(FaithBed.address)")
                #expect(name.contains("www.v4only.example"), "\(name)")
                let address = try lookUp("getent ahostsv6 private.v4only.example")
                #expect(address.contains("::ffff:10.0.0.1"), "\(address)")
                #expect(!address.contains("2001:db8:64:"), "\(address)")
            }
        }

        enum Resolver: String, CaseIterable, CustomTestStringConvertible {
            case bind9, unbound

            var testDescription: String { rawValue }
        }

        /// `lookUp` runs a line of shell on the client, which asks only the resolver.
        private func with(_ resolver: Resolver, _ body: (FaithBed, _ lookUp: (String) throws -> String) throws -> Void)
            throws
        {
            try FaithBed.with("relay 80") { bed in
                try serveZone(bed)
                switch resolver {
                case .bind9: try resolveWithBIND(bed)
                case .unbound: try resolveWithUnbound(bed)
                }
                let configuration = try bed.net.file("resolv.conf", "nameserver \(FaithBed.routerAddress)\n")
                let sources = try bed.net.file("nsswitch.conf", "hosts: dns\n")
                try body(bed) { line in
                    try bed.client.shell(
                        """
                        mount --bind \(configuration) /etc/resolv.conf && mount --bind \(sources) /etc/nsswitch.conf && \(line)
                        """)
                }
            }
        }

        /// Authoritative, on the server.
        private func serveZone(_ bed: FaithBed) throws {
            let header = "$TTL 60\n@ SOA ns host 1 60 60 60 60\n@ NS ns\n"
            let zone = try bed.net.file(
                "zone",
                header
                    + """
                    ns      A     \(FaithBed.serverAddress)
                    www     A     \(FaithBed.serverAddress)
                    alias   CNAME www
                    private A     10.0.0.1
                    both    A     \(FaithBed.serverAddress)
                    both    AAAA  2001:db8:9::80

                    """)
            let reverse = try bed.net.file("reverse", header + "ns A 192.0.2.2\n2 PTR www.v4only.example.\n")
            try serveBIND(
                bed.server, bed,
                """
                options { \(options(bed, "authority")) listen-on { \(FaithBed.serverAddress); }; listen-on-v6 { none; };
                    recursion no; };
                zone "v4only.example" { type primary; file "\(zone)"; };
                zone "2.0.192.in-addr.arpa" { type primary; file "\(reverse)"; };
                """)
        }

        private func resolveWithBIND(_ bed: FaithBed) throws {
            let forward = "type forward; forward only; forwarders { \(FaithBed.serverAddress); };"
            try serveBIND(
                bed.router, bed,
                """
                options { \(options(bed, "resolver")) listen-on { none; }; listen-on-v6 { \(FaithBed.routerAddress); };
                    dnssec-validation no; allow-query { any; }; empty-zones-enable no;
                    dns64 \(FaithBed.prefix) {
                        clients { any; };
                        mapped { !10.0.0.0/8; !172.16.0.0/12; !192.168.0.0/16; any; };
                        exclude { ::ffff:0:0/96; };
                    };
                };
                zone "v4only.example" { \(forward) };
                zone "2.0.192.in-addr.arpa" { \(forward) };
                """)
        }

        /// Files that BIND would have below /var.
        private func options(_ bed: FaithBed, _ name: String) -> String {
            """
            directory "\(bed.net.scratch.path)"; pid-file none; session-keyfile none; lock-file none;
                managed-keys-directory "\(bed.net.scratch.path)"; dump-file "\(bed.path(name)).db";
            """
        }

        private func serveBIND(_ host: Namespace, _ bed: FaithBed, _ configuration: String) throws {
            let file = try bed.net.file("named-\(host.short).conf", "controls {};\n" + configuration)
            try host.serve(["named", "-g", "-n", "1", "-c", file], port: 53)
        }

        private func resolveWithUnbound(_ bed: FaithBed) throws {
            let file = try bed.net.file(
                "unbound.conf",
                """
                server:
                    username: ""
                    chroot: ""
                    directory: "\(bed.net.scratch.path)"
                    pidfile: ""
                    use-syslog: no
                    interface: \(FaithBed.routerAddress)
                    access-control: ::/0 allow
                    module-config: "dns64 iterator"
                    dns64-prefix: \(FaithBed.prefix)
                stub-zone:
                    name: "v4only.example"
                    stub-addr: \(FaithBed.serverAddress)
                remote-control:
                    control-enable: no

                """)
            try bed.router.serve(["unbound", "-d", "-p", "-c", file], port: 53)
        }
    }
}
