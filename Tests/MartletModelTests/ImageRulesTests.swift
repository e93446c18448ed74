import MartletModel
import Testing

@Suite("What may be asked of images")
struct ImageRulesTests {
    @Test(
        "a source is an absolute path or an address without a password",
        arguments: [
            ("/srv/a b.qcow2", true), ("http://a/b?c=d#e", true), ("HTTPS://a:8443/ü", true), ("https://[::1]/x", true),
            ("a.qcow2", false), ("/", false), ("/srv/", false), ("ftp://a/b", false), ("http://", false),
            ("http:///x", false), ("https://me:secret@a/b", false), ("http://a/b c", false), ("http://a/\"", false),
            ("/a\nb", false), ("", false), ("file:///etc/shadow", false),
        ])
    func sources(_ text: String, _ isTaken: Bool) {
        #expect(((try? ImageRules.source(text)) != nil) == isTaken)
    }

    @Test("what follows an address's path is not shown")
    func shown() throws {
        #expect(try ImageRules.source("https://a/b.qcow2?signature=secret").shown == "https://a/b.qcow2")
        #expect(try ImageRules.source("/srv/what?.iso").shown == "/srv/what?.iso")
    }

    @Test("a digest has 64 hexadecimal digits, in either case")
    func digests() throws {
        #expect(try ImageRules.sha256(String(repeating: "aB", count: 32)) == String(repeating: "ab", count: 32))
        for text in ["", "ab", String(repeating: "g", count: 64), String(repeating: "a", count: 65)] {
            #expect(throws: MartletError.self) { try ImageRules.sha256(text) }
        }
    }

    @Test(
        "a public key is taken, and anything else is refused without a word of what it was",
        arguments: [
            ("ssh-ed25519 AAAAC3Nza me@host", true), ("ecdsa-sha2-nistp256 AAAA=", true),
            ("sk-ssh-ed25519@openssh.com AAAA a b c", true), ("-----BEGIN OPENSSH PRIVATE KEY-----", false),
            ("ssh-ed25519", false), ("ssh-ed25519 ", false), ("ssh-rsa AAAA\nssh-rsa BBBB", false),
            ("command=\"x\" ssh-rsa AAAA", false), ("ssh-rsa AA!A", false), ("", false),
        ])
    func keys(_ key: String, _ isTaken: Bool) {
        do throws(MartletError) {
            try CloudInit(sshKeys: [key]).check()
            #expect(isTaken)
        } catch {
            #expect(!isTaken)
            #expect(key.count < 5 || !error.message.contains(key))
        }
    }

    @Test("user data of more than 64 KiB is refused")
    func userData() throws {
        try CloudInit(userData: String(repeating: "a", count: 64 << 10)).check()
        #expect(throws: MartletError.self) { try CloudInit(userData: String(repeating: "ä", count: 33 << 10)).check() }
    }

    @Test(
        "a machine's name becomes a host's",
        arguments: [
            ("web", "web"), ("Web Server 1", "web-server-1"), ("-ü-", "machine-00000000"), ("größe", "gr--e"),
            (String(repeating: "x", count: 100), String(repeating: "x", count: 63)),
        ])
    func hostNames(_ name: String, _ host: String) {
        #expect(CloudInit.hostName(name, "00000000-0000") == host)
    }

    @Test("a seed has the label and the files that cloud-init looks for, and is a whole number of sectors")
    func seed() {
        let disc = CloudInit(userData: "secret: \"x\"\n", sshKeys: ["ssh-rsa AAAA \"q\""]).seed(
            instance: "i", name: "w"
        )
        .bytes
        #expect(disc.count % 2048 == 0)
        #expect(Array(disc[(16 * 2048)..<(16 * 2048 + 6)]) == [1] + Array("CD001".utf8))
        #expect(Array(disc[(16 * 2048 + 40)..<(16 * 2048 + 46)]) == Array("cidata".utf8))
        let text = String(decoding: disc, as: UTF8.self)
        #expect(
            text.contains(
                #"{"instance-id":"i","local-hostname":"w","public-keys":["ssh-rsa AAAA \"q\""]}"#))
        #expect(text.contains("secret: \"x\"\n"))
        #expect(
            disc
                == CloudInit(userData: "secret: \"x\"\n", sshKeys: ["ssh-rsa AAAA \"q\""]).seed(
                    instance: "i", name: "w"
                ).bytes)
    }
}
