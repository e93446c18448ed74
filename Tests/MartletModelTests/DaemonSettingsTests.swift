import MartletModel
import Testing

@Suite("The daemon's settings")
struct DaemonSettingsTests {
    private func parse(_ text: String) throws(MartletError) -> DaemonSettings {
        try DaemonSettingsFile.parse(Array(text.utf8), path: "f")
    }

    private func refusal(_ text: String) -> String {
        do {
            _ = try parse(text)
            return "accepted"
        } catch { return error.message }
    }

    @Test("a file of every setting is read")
    func everySetting() throws {
        let settings = try parse(
            """
            # a comment
            root = /srv/martlet
              listen=[::]:7443\r
            accelerator =\ttcg

            admin-group = virt=x
            log-level = debug
            """)
        #expect(settings.root == "/srv/martlet")
        #expect(settings.listen == ListenAddress(host: "::", port: 7443))
        #expect(settings.accelerator == .tcg)
        #expect(settings.adminGroup == "virt=x")
        #expect(settings.logLevel == .debug)
    }

    @Test("what is said of a mistake names the file, the line, the setting and the remedy")
    func mistakes() {
        #expect(
            refusal("\nlog-level = loud") == """
                f:2: log-level: 'loud' is no level; use one of trace, debug, info, notice, warning, error, critical
                """)
        #expect(refusal("listen = 7443").hasPrefix("f:1: listen: '7443' is not HOST:PORT; give for example"))
        #expect(refusal("accelerator = hvf") == "f:1: accelerator: 'hvf' is no accelerator; use one of kvm, tcg")
        #expect(refusal("root = relative").contains("give an absolute path"))
        #expect(refusal("root = /\(String(repeating: "x", count: 200))").contains("at most 85 bytes"))
        #expect(refusal("admin-group = a,b").contains("give the name of one"))
        #expect(refusal("root =").contains("put # before the line"))
        #expect(refusal("loglevel = info").hasPrefix("f:1: there is no setting 'loglevel'; the settings are root, "))
        #expect(refusal("root /x") == "f:1: 'root /x' is not 'key = value'; begin a comment with #")
        #expect(refusal("root = /a\nroot = /b").contains("f:2: root: set in line 1 already"))
        #expect(refusal("x\ny\nz").split(separator: "\n").count == 3)
    }

    @Test("a file that is too long or no text is refused")
    func noText() {
        #expect(refusal(String(repeating: "#\n", count: 40_000)).contains("no configuration file"))
        #expect(throws: MartletError.self) { try DaemonSettingsFile.parse([0xFF, 0xFE, 0x0A], path: "f") }
    }

    @Test("garbage never traps, and what is refused is refused in printable characters")
    func garbage() throws {
        var random = SystemRandomNumberGenerator()
        let pieces =
            DaemonSetting.Key.allCases.map(\.rawValue) + ["=", "\n", "#", " ", "[::]:", "0", "é", "\u{7}", "/"]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement() ?? "" }.joined()
            let refused = refusal(text)
            #expect(!refused.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }, "\(text.debugDescription)")
            let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? DaemonSettingsFile.parse(bytes, path: "f")
        }
    }

    @Test("the default file explains every setting and sets none")
    func defaultFile() throws {
        let text = DaemonSettingsFile.defaultText
        #expect(try parse(text) == DaemonSettings())
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        for setting in DaemonSetting.all {
            #expect(text.contains("\n#\(setting.key.rawValue) = \(setting.defaultText)\n"))
        }
    }

    @Test("every default in the file is a value that its setting takes")
    func defaults() throws {
        for setting in DaemonSetting.all {
            let settings = try parse("\(setting.key.rawValue) = \(setting.defaultText)")
            #expect(settings != DaemonSettings())
        }
    }

    @Test("what is given on the command line wins, and the file fills what is not", arguments: DaemonSetting.all)
    func precedence(setting: DaemonSetting) throws {
        let file = try DaemonSettings([setting.key: setting.defaultText])
        #expect(DaemonSettings().filled(from: file) == file)
        #expect(file.filled(from: DaemonSettings()) == file)
        let both = try DaemonSettings([.logLevel: "error"]).filled(from: file)
        #expect(both.logLevel == .error)
    }

    @Test("an address to listen at is read as people write it, and nothing else is")
    func listenAddresses() throws {
        #expect(try ListenAddress("0.0.0.0:7443") == ListenAddress(host: "0.0.0.0", port: 7443))
        #expect(try ListenAddress("[fe80::1]:0").description == "[fe80::1]:0")
        for text in ["", ":", ":1", "a:", "a:65536", "::1:80", "[::1]80", "[]:1", "a b:1", "a:+1", "[a]:1", "a:-1"] {
            #expect(throws: MartletError.self, "\(text)") { try ListenAddress(text) }
        }
    }
}
