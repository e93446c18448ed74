import Foundation
import Glibc
import MartletLinux
import MartletModel
import MartletTestSupport

/// Headless Chromium, spoken to by the DevTools protocol over two pipes: JSON, each message ended by a zero byte.
actor Browser {
    /// Of Debian's package `chromium-headless-shell`.
    private static let program = "/usr/bin/chromium-headless-shell"
    /// For one answer; a safety net.
    private static let patience: Int32 = 60_000

    private let process: ProcessIdentity
    private let input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []
    private var lastID = 0
    private var session: String?

    /// Does `body` with a browser that has one empty page, and ends it on every way out.
    static func with(_ body: (Browser) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        let browser = try Browser(folder: folder.path)
        let result: Result<Void, any Error>
        do {
            try await browser.begin()
            result = .success(try await body(browser))
        } catch { result = .failure(error) }
        await browser.end()
        try result.get()
    }

    private init(folder: String) throws {
        var (toBrowser, fromBrowser): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&toBrowser) == 0, pipe(&fromBrowser) == 0 else {
            throw MartletError.system(errno, "make a pipe")
        }
        for end in toBrowser + fromBrowser { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        process = try DetachedProcess.spawn(
            executable: Self.program,
            arguments: [
                "--remote-debugging-pipe", "--no-sandbox", "--ignore-certificate-errors", "--disable-gpu",
                "--user-data-dir=\(folder)", "--window-size=1280,800", "about:blank",
            ], environment: ["PATH": "/usr/bin:/bin", "HOME": folder], workingDirectory: "/",
            log: "\(folder)/browser.log",
            // It reads descriptor 3 and writes descriptor 4.
            descriptors: [toBrowser[0], fromBrowser[1]])
        close(toBrowser[0])
        close(fromBrowser[1])
        (input, output) = (toBrowser[1], fromBrowser[0])
    }

    private func begin() async throws {
        let target = try await call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
        let attached = try await call("Target.attachToTarget", ["targetId": target, "flatten": true])
        session = attached["sessionId"] as? String
        try await call("Page.enable")
    }

    private func end() async {
        session = nil
        // It ends its own processes; one that doesn't answer is ended.
        do { try await call("Browser.close") } catch { try? process.signal(SIGKILL) }
        _ = await process.waitForExit()
        close(input)
        close(output)
    }

    func open(_ url: String) async throws {
        try await call("Page.navigate", ["url": url])
        try await wait("document.readyState === 'complete' && location.href.startsWith('https')")
    }

    /// What an expression is, as text.
    @discardableResult
    func evaluate(_ expression: String) async throws -> String {
        let parameters: [String: any Sendable] = [
            "expression": "Promise.resolve(\(expression)).then(String)", "awaitPromise": true, "returnByValue": true,
        ]
        let answer = try await call("Runtime.evaluate", parameters)
        let result = answer["result"] as? [String: Any] ?? [:]
        if answer["exceptionDetails"] != nil {
            throw MartletError(.internal, "\(expression): \(result["description"] ?? "an exception")")
        }
        return result["value"] as? String ?? ""
    }

    func wait(_ condition: String) async throws {
        let seen = "(\(condition)) ? 'yes' : location.pathname + ' ' + document.body.innerText.slice(0, 2000)"
        _ = try await eventually("\(condition)") {
            (try? await evaluate(seen)) ?? "the page is on its way"
        } until: {
            $0 == "yes"
        }
    }

    func click(_ selector: String) async throws {
        try await wait("document.querySelector(\"\(selector)\") !== null")
        try await evaluate("document.querySelector(\"\(selector)\").click()")
    }

    func fill(_ selector: String, _ text: String) async throws {
        try await wait("document.querySelector(\"\(selector)\") !== null")
        try await evaluate("document.querySelector(\"\(selector)\").value = '\(text)'")
    }

    /// Types as a person does, into what has the focus.
    func type(_ text: String) async throws {
        for character in text {
            let isReturn = character == "\r"
            var key: [String: any Sendable] = ["type": "keyDown", "text": "\(character)"]
            key["key"] = isReturn ? "Enter" : "\(character)"
            if isReturn { key["windowsVirtualKeyCode"] = 13 }
            try await call("Input.dispatchKeyEvent", key)
            key["type"] = "keyUp"
            key["text"] = nil
            try await call("Input.dispatchKeyEvent", key)
        }
    }

    @discardableResult
    private func call(_ method: String, _ parameters: [String: any Sendable] = [:]) async throws -> [String: Any] {
        lastID += 1
        var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        try send([UInt8](try JSONSerialization.data(withJSONObject: message)) + [0])
        while true {
            let answer = try JSONSerialization.jsonObject(with: Data(try await next())) as? [String: Any] ?? [:]
            guard answer["id"] as? Int == lastID else { continue }
            if let error = answer["error"] { throw MartletError(.internal, "\(method): \(error)") }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw MartletError.system(errno, "write to the browser") }
            rest = rest.dropFirst(count)
        }
    }

    private func next() async throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: 0) {
                defer { buffer.removeFirst(end + 1) }
                return Array(buffer[..<end])
            }
            let descriptor = output
            buffer += try await BlockingWork.run { () throws(MartletError) in
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&wanted, 1, Self.patience) == 1 else {
                    throw MartletError(.timedOut, "the browser does not answer")
                }
                let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { space, count in
                    count = max(0, read(descriptor, space.baseAddress, space.count))
                }
                if bytes.isEmpty { throw MartletError(.unavailable, "the browser has ended") }
                return bytes
            }
        }
    }
}
