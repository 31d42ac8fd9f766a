// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// FTP servers that know only IPv4's commands for data connections, and clients that use IPv6's (RFC 2428).
    @Suite struct FaithFTPTests {
        @Test(arguments: Server.allCases, [Mode.passive, .active])
        func curlTransfersFiles(_ server: Server, _ mode: Mode) throws {
            try with(server) { bed in
                let options = mode == .active ? "--ftp-port -" : ""
                let site = "'ftp://[\(FaithBed.address)]"
                let (sent, received) = (bed.path("sent"), bed.path("received"))
                try bed.client.succeed("dd if=/dev/urandom of=\(sent) bs=1M count=5 status=none")
                try bed.client.shell("curl -sS -m 20 \(options) -T \(sent) \(site)/in/file'")
                #expect(try bed.client.run("cmp \(sent) \(bed.path("ftp/in/file"))").status == 0)
                try bed.client.shell("curl -sS -m 20 \(options) -o \(received) \(site)/in/file'")
                #expect(try bed.client.run("cmp \(sent) \(received)").status == 0)
                let list = try bed.client.shell("curl -sS -m 20 \(options) \(site)/in/'")
                #expect(list.contains("file") && list.contains("5242880"), "\(list)")
                // Three of them, with a data connection each; none is left.
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 6"] })
                #expect(try bed.daemon.relayed().sessions == 0)
            }
        }

        /// Both modes in one session, and several transfers.
        @Test(arguments: Server.allCases)
        func lftpTransfersFiles(_ server: Server) throws {
            try with(server) { bed in
                let (sent, received) = (bed.path("sent"), bed.path("received"))
                try bed.client.succeed("dd if=/dev/urandom of=\(sent) bs=1M count=5 status=none")
                let script = """
                    set cmd:fail-exit yes; set net:timeout 5; set net:max-retries 1; set ftp:ssl-allow no
                    open -u anonymous,me 'ftp://[\(FaithBed.address)]'
                    set ftp:passive-mode on
                    put \(sent) -o in/passive
                    cls -1 in
                    get in/passive -o \(received).passive
                    set ftp:passive-mode off
                    put \(sent) -o in/active
                    cls -1 in
                    get in/active -o \(received).active

                    """
                let lftp = try bed.client.run(["lftp", "-f", try bed.net.file("script", script)])
                #expect(lftp.status == 0, "\(lftp)")
                #expect(lftp.lines == ["in/passive", "in/active", "in/passive"])
                for mode in ["passive", "active"] {
                    #expect(try bed.client.run("cmp \(sent) \(bed.path("ftp/in/\(mode)"))").status == 0)
                    #expect(try bed.client.run("cmp \(sent) \(received).\(mode)").status == 0)
                }
            }
        }

        /// NetBSD's client: what people had when faithd(8) was new.
        @Test(arguments: Server.allCases)
        func tnftpTransfersFiles(_ server: Server) throws {
            try with(server) { bed in
                let (sent, received) = (bed.path("sent"), bed.path("received"))
                try bed.client.succeed("dd if=/dev/urandom of=\(sent) bs=1M count=5 status=none")
                let script = """
                    user anonymous me
                    binary
                    cd in
                    put \(sent) passive
                    get passive \(received).passive
                    passive
                    put \(sent) active
                    get active \(received).active
                    nlist
                    quit

                    """
                // It would go over to active mode by itself.
                let ftp = try bed.client.run(
                    ["timeout", "20", "tnftp", "-n", "-v", FaithBed.address], environment: ["FTPMODE": "passive"],
                    input: script)
                #expect(ftp.status == 0, "\(ftp)")
                #expect(Set(ftp.lines).isSuperset(of: ["active", "passive"]), "\(ftp)")
                for mode in ["passive", "active"] {
                    #expect(try bed.client.run("cmp \(sent) \(bed.path("ftp/in/\(mode)"))").status == 0)
                    #expect(try bed.client.run("cmp \(sent) \(received).\(mode)").status == 0)
                }
            }
        }

        /// The data connection is told apart from others, and the server hears only IPv4.
        @Test func dataConnectionsBelongToTheirControlConnection() throws {
            try with(.vsftpd) { bed in
                try bed.client.succeed("dd if=/dev/zero of=\(bed.path("ftp/in/zeros")) bs=1M count=40 status=none")
                let file = "ftp://[\(FaithBed.address)]/in/zeros"
                let curl = try bed.client.start("curl -g -sS --limit-rate 2M -o /dev/null \(file)")
                #expect(try eventually { try bed.daemon.sessions().count == 2 })
                let sessions = try bed.daemon.sessions()
                let control = sessions.first { $0.control == nil }
                let data = sessions.first { $0.control != nil }
                #expect(control?.application == "ftp")
                #expect(control?.server == "\(FaithBed.serverAddress):21")
                #expect(data?.control == control?.number)
                #expect(data?.asked.hasPrefix("[\(FaithBed.address)]:") == true, "\(sessions)")
                let heard = try bed.server.succeed("ss -Htn state established")
                #expect(heard.split(separator: "\n").count == 2, "\(heard)")
                #expect(!heard.contains("2001:"), "\(heard)")
                curl.kill()
                #expect(try eventually { try bed.daemon.relayed().sessions == 0 })
            }
        }

        /// ABOR comes in the midst of a transfer, as urgent data (RFC 959 §4.1.3); the session goes on after it.
        @Test func transferIsAborted() throws {
            try with(.pyftpdlib) { bed in
                try bed.client.succeed("dd if=/dev/zero of=\(bed.path("ftp/in/zeros")) bs=1M count=40 status=none")
                let script = try bed.net.file(
                    "client.py",
                    """
                    import ftplib

                    ftp = ftplib.FTP("\(FaithBed.address)", timeout=10)
                    ftp.login()
                    data = ftp.transfercmd("RETR in/zeros")
                    data.recv(1000)
                    print(ftp.abort()[:3], ftp.getmultiline()[:3])
                    data.close()
                    print(ftp.nlst("in"))
                    ftp.quit()

                    """)
                let said = try bed.client.succeed("timeout 20 python3 \(script)")
                #expect(said == "426 226\n['zeros']\n")
                #expect(try eventually { try bed.daemon.relayed().sessions == 0 })
            }
        }

        /// Without faith's knowledge of FTP there is no data connection: what is tested above is not the client's doing.
        @Test func plainRelayDoesNotCarryData() throws {
            try with(.vsftpd, "relay ftp plain") { bed in
                let curl = try bed.client.run("curl -g -sS -m 5 ftp://[\(FaithBed.address)]/in/")
                #expect(curl.status != 0, "\(curl)")
            }
        }

        enum Server: String, CaseIterable, CustomTestStringConvertible {
            /// Very Secure FTP Daemon.
            case vsftpd
            /// A library of Python's.
            case pyftpdlib

            var testDescription: String { rawValue }
        }

        enum Mode: String, CustomTestStringConvertible {
            case passive, active

            var testDescription: String { rawValue }
        }

        private func with(_ server: Server, _ words: String = "relay ftp", _ body: (FaithBed) throws -> Void) throws {
            try FaithBed.with(words) { bed in
                let root = bed.path("ftp")
                // All may write into `in`, but none may write where the session begins.
                try bed.server.shell("mkdir -p \(root)/in \(root)/empty && chmod 777 \(root)/in && chmod 755 \(root)")
                switch server {
                case .vsftpd: try serveVsftpd(bed, root)
                case .pyftpdlib:
                    let words = [
                        "/usr/bin/python3", "-m", "pyftpdlib", "-w", "-i", FaithBed.serverAddress, "-p", "21", "-d",
                        root,
                    ]
                    try bed.server.serve(words, port: 21)
                }
                try body(bed)
            }
        }

        private func serveVsftpd(_ bed: FaithBed, _ root: String) throws {
            let file = try bed.net.file(
                "vsftpd.conf",
                """
                listen=YES
                background=NO
                anonymous_enable=YES
                no_anon_password=YES
                anon_root=\(root)
                anon_umask=022
                write_enable=YES
                anon_upload_enable=YES
                anon_mkdir_write_enable=YES
                anon_other_write_enable=YES
                connect_from_port_20=YES
                secure_chroot_dir=\(root)/empty
                vsftpd_log_file=/dev/null
                xferlog_enable=NO

                """)
            try bed.server.serve(["vsftpd", file], port: 21)
        }
    }
}
