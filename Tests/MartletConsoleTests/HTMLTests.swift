import NIOCore
import Testing

@testable import MartletConsole

@Suite("HTML")
struct HTMLTests {
    private static func text(_ html: HTML) -> String { String(buffer: HTMLWriter.fragment(html)) }

    @Test("text and attributes are escaped, whatever is in them")
    func escapes() {
        let hostile = "\"><script>alert('x')</script>&amp;"
        let escaped = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;"
        #expect(Self.text(Tag.p { hostile }) == "<p>\(escaped)</p>")
        #expect(Self.text(Tag.input(.value(hostile))) == "<input value=\"\(escaped)\">")
    }

    @Test("characters that HTML has no place for are replaced, and others stay as they are")
    func characters() {
        #expect(
            Self.text(Tag.p { "a\u{0}b\u{1B}[31m\u{7F}\tä\u{1F426}\n" })
                == "<p>a\u{FFFD}b\u{FFFD}[31m\u{FFFD}\tä\u{1F426}\n</p>")
    }

    @Test("a script has no text of its own")
    func script() {
        #expect(Self.text(Tag.script { "alert(1)" }) == "<script></script>")
    }

    @Test("a part is found by its id, and only by the whole of it")
    func parts() throws {
        let page = Tag.div {
            Tag.p(.id("other")) { "no" }
            Tag.section { Tag.p(.id("one")) { "yes" } }
        }
        #expect(Self.text(.element(try #require(page.element(id: "one")))) == "<p id=\"one\">yes</p>")
        #expect(page.element(id: "on") == nil)
    }

    @Test(
        "a place on this host is a path, and nothing else is one",
        arguments: [
            ("/hosts/this/machines?sort=name", "/hosts/this/machines?sort=name"), ("/a b", nil),
            ("//elsewhere.example", nil),
            ("https://elsewhere.example/", nil), ("/\\elsewhere.example", nil), ("javascript:alert(1)", nil),
            ("/a%0d%0aSet-Cookie:x", "/a%0D%0ASet-Cookie%3Ax"), ("", nil), ("/%zz", nil),
        ] as [(String, String?)])
    func places(text: String, place: String?) {
        #expect(PageAddress(checking: text)?.text == place)
    }

    @Test("names in an address mean themselves")
    func names() {
        #expect(PageAddress("hosts", "a/b?c#d", query: [("q", "x&y=z")]).text == "/hosts/a%2Fb%3Fc%23d?q=x%26y%3Dz")
    }
}
