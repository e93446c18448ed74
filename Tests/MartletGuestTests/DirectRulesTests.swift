import MartletGuestProtocol
import MartletModel
import SwiftProtobuf
import Testing

@testable import MartletGuest

@Suite("Direct's rules")
struct DirectRulesTests {
    @Test("Lines of passwd and shadow are read as their pages have them, and what is none is passed over")
    func lines() throws {
        let user = try #require(GuestUser(line: "tess:x:1000:100:Tess,,,:/home/tess:/bin/bash"))
        #expect(user.userID == 1000 && user.groupID == 100 && user.home == "/home/tess" && user.hasShell)
        #expect(GuestUser(line: "d:x:1:1:::")?.shell == "/bin/sh")
        #expect(GuestUser(line: "d:x:1:1::/:/usr/sbin/nologin")?.hasShell == false)
        for line in [
            "", "#a:x:1:1:::", "+:x:1:1:::", "a:x:1:1::", ":x:1:1:::", "a:x:-1:1:::", "a:x:4294967295:1:::",
            "a:x:1:b:::",
        ] {
            #expect(GuestUser(line: line) == nil, "\(line)")
        }
        let shadow = try #require(ShadowEntry(line: "a:$6$x:100:0:30:7:10:200:"))
        #expect(
            !shadow.isLocked && !shadow.isExpired(on: 140) && shadow.isExpired(on: 141) && shadow.isExpired(on: 200))
        #expect(!shadow.passwordIsExpired(on: 130) && shadow.passwordIsExpired(on: 131))
        #expect(ShadowEntry(line: "a:$6$x:0:0:99999:7:::")?.passwordIsExpired(on: 1) == true)
        for hash in ["", "*", "!", "!!", "!$6$x"] { #expect(ShadowEntry(hash: hash).isLocked, "\(hash)") }
        #expect(ShadowEntry(line: "a:x:1") == nil)
    }

    @Test("Keys are taken with no options or with harmless ones; a line with any other is passed over")
    func authorizedKeys() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE"
        #expect(AuthorizedKeys.parse("# c\n\n\(key) me@there\n  no-pty \(key)") == [key])
        #expect(AuthorizedKeys.parse("no-port-forwarding,no-agent-forwarding \(key)\r\n\(key)") == [key, key])
        for options in [
            "command=\"x\"", "from=\"10.0.0.1\"", "restrict", "cert-authority", "no-pty,command=\"a \\\" \(key)\"",
            "expiry-time=\"2020\"",
            "environment=\"A=b\"",
        ] {
            #expect(AuthorizedKeys.parse("\(options) \(key)") == [], "\(options)")
        }
        for line in [
            "ssh-dss AAAAC3NzaC1lZDI1NTE5AAAAIE", "ssh-ed25519", "ssh-ed25519 not*base64*at*all!", "ssh-ed25519 short",
        ] {
            #expect(AuthorizedKeys.parse(line) == [], "\(line)")
        }
    }

    @Test("A challenge is good once, for its user, for a minute")
    func challenges() {
        var challenges = Challenges()
        let first = challenges.make(for: "tess", random: "1", now: .zero)
        let taken = [challenges.take(first, from: "eve", now: .zero), challenges.take(first, from: "tess", now: .zero)]
        #expect(taken == [false, false])
        let second = challenges.make(for: "tess", random: "2", now: .zero)
        let twice = (0..<2).map { _ in challenges.take(second, from: "tess", now: .seconds(59)) }
        #expect(twice == [true, false])
        let third = challenges.make(for: "tess", random: "3", now: .zero)
        let late = challenges.take(third, from: "tess", now: .seconds(60))
        #expect(!late)
        let oldest = challenges.make(for: "tess", random: "4", now: .seconds(60))
        for number in 0..<Challenges.most {
            _ = challenges.make(for: "tess", random: "more \(number)", now: .seconds(60))
        }
        let pushedOut = challenges.take(oldest, from: "tess", now: .seconds(60))
        #expect(!pushedOut)
    }

    @Test("What can't be a program, an environment or a folder is refused before anything is started")
    func plans() throws {
        let user = try #require(GuestUser(line: "tess:x:1000:1000::/home/tess:/bin/bash"))
        func plan(_ change: (inout GuestExecuteStart) -> Void) throws -> ProgramPlan {
            var start = GuestExecuteStart()
            change(&start)
            return try ProgramPlan(start, user: user)
        }
        let shell = try plan { $0.loginShell = true }
        #expect(
            shell.arguments == ["-bash"] && shell.candidates == ["/bin/bash"] && shell.folder == "/home/tess"
                && shell.otherFolder == "/")
        let named = try plan { $0.arguments.values = ["ls"] }
        #expect(named.candidates.prefix(2) == ["/usr/local/bin/ls", "/usr/bin/ls"])
        let path = try plan { $0.arguments.values = ["./ls", "a"] }
        #expect(path.candidates == ["./ls"])
        for change: (inout GuestExecuteStart) -> Void in [
            { _ in }, { $0.arguments.values = [] }, { $0.arguments.values = ["a", "b\0c"] },
            { $0.builtIn.values = ["hold", "5"] },
            { $0.builtIn.values = [] },
            {
                $0.environment = ["A=B": "c"]
                $0.loginShell = true
            },
            {
                $0.environment = ["": "c"]
                $0.loginShell = true
            },
            {
                $0.environment = ["A": "c\0"]
                $0.loginShell = true
            },
            {
                $0.workingDirectory = "here"
                $0.loginShell = true
            }, { $0.arguments.values = Array(repeating: "a", count: 10_001) },
        ] {
            let error = #expect(throws: MartletError.self) { try plan(change) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("The waits of all together begin when many were wrong, and what lies far back is forgotten")
    func throttle() {
        var throttle = SignInThrottle(SignInThrottle.Limits())
        let waits = (0..<30).map { (number: Int) -> Double in
            let wait: Duration = throttle.failed("user \(number)", now: .seconds(1))
            return wait / Duration.seconds(1)
        }
        #expect(waits.prefix(20).allSatisfy { $0 == 1 } && waits.suffix(5).allSatisfy { $0 == 5 })
        let later = throttle.failed("user 1", now: .seconds(1_000))
        #expect(later == .seconds(1))
    }
}
