// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Web servers that other people wrote, behind faith.
    @Suite struct FaithWebTests {
        @Test func pageIsFetched() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.serveHTTP("server { listen 80; return 200 \"a page for $remote_addr\"; }", port: 80)
                let page = try bed.client.shell("curl -sS 'http://[\(FaithBed.address)]/'")
                #expect(page == "a page for 192.0.2.1")
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 1"] })
            }
        }

        /// PROXY protocol, version 2: nginx learns from the relay who the client is.
        @Test func serverIsToldWhoTheClientIs() throws {
            try FaithBed.with("relay 80 relay 8080 proxy") { bed in
                let told = "$proxy_protocol_addr $proxy_protocol_server_addr $proxy_protocol_server_port"
                try bed.serveHTTP(
                    """
                    server { listen 8080 proxy_protocol; return 200 "\(told)"; }
                    server { listen 80; return 200 "not told"; }
                    """, port: 8080)
                let page = try bed.client.shell("curl -sS 'http://[\(FaithBed.address)]:8080/'")
                #expect(page == "\(FaithBed.clientAddress) \(FaithBed.address) 8080")
                #expect(try bed.client.shell("curl -sS 'http://[\(FaithBed.address)]/'") == "not told")
            }
        }

        /// HAProxy reads the same header, and insists on it: who does not send one is closed.
        @Test func strictServerIsToldWhoTheClientIs() throws {
            try FaithBed.with("relay 80 relay 8080 proxy") { bed in
                let configuration = try bed.net.file(
                    "haproxy.cfg",
                    """
                    defaults
                        mode http
                        timeout client 5s
                    frontend page
                        bind 192.0.2.2:8080 accept-proxy
                        bind 192.0.2.2:80 accept-proxy
                        http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst]"

                    """)
                try bed.server.serve(["haproxy", "-db", "-f", configuration], port: 8080)
                let page = try bed.client.shell(
                    "curl -sS --local-port 20000 'http://[\(FaithBed.address)]:8080/'")
                #expect(page == "\(FaithBed.clientAddress) 20000 \(FaithBed.address)")
                let refused = try bed.client.run("curl -sS http://[\(FaithBed.address)]/")
                #expect(refused.status != 0, "\(refused)")
            }
        }

        /// OpenSSL on both sides: the certificate is the server's own, so nobody came in between.
        @Test func tlsPassesThrough() throws {
            try FaithBed.with("relay 443") { bed in
                let (key, certificate) = (bed.path("key.pem"), bed.path("certificate.pem"))
                try bed.server.shell(
                    """
                    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=v4only.example \
                        -keyout \(key) -out \(certificate) 2>/dev/null
                    """)
                try bed.net.file("www/page.txt", "said in private\n")
                try bed.server.serve(
                    [
                        "env", "-C", bed.path("www"), "openssl", "s_server", "-accept", "443", "-key", key, "-cert",
                        certificate, "-WWW", "-quiet",
                    ], port: 443)
                let answer = try bed.client.shell(
                    """
                    printf 'GET /page.txt HTTP/1.0\\r\\n\\r\\n' | timeout 10 openssl s_client -quiet -ign_eof \
                        -connect '[\(FaithBed.address)]:443' -CAfile \(certificate) -verify_return_error \
                        -verify_hostname v4only.example
                    """)
                #expect(answer.hasSuffix("\r\n\r\nsaid in private\n"), "\(answer)")
                #expect(try bed.daemon.relayed().counters.connected == 1)
            }
        }
    }
}

extension FaithBed {
    /// A file of the topology's own.
    func path(_ name: String) -> String { net.scratch.appending(path: name).path }
}
