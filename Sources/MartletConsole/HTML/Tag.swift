/// The elements that pages are made of. There is none that holds script or style: those come from files of their own.
package enum Tag: String, Sendable {
    case html, head, body, title, meta, link, script
    case header, nav, main, footer, aside, section, article, div, span, p, a, h1, h2, h3, ul, ol, li, dl, dt, dd
    case table, caption, thead, tbody, tr, th, td
    case form, label, input, button, select, option, textarea, fieldset, legend, output, progress, meter
    case details, summary, dialog, code, pre, strong, small, time, img, hr, kbd, em, canvas
    case svg, path, polyline, line, rect, circle, symbol, use

    /// Those without an end tag (HTML, 13.1.2).
    var isVoid: Bool {
        switch self {
        case .meta, .link, .input, .img, .hr: true
        default: false
        }
    }

    package func callAsFunction(_ attributes: Attribute...) -> HTML {
        .element(.init(tag: self, attributes: attributes, content: .nothing))
    }

    package func callAsFunction(_ attributes: Attribute..., @HTMLBuilder content: () -> HTML) -> HTML {
        .element(.init(tag: self, attributes: attributes, content: content()))
    }

    package func callAsFunction(attributes: [Attribute], @HTMLBuilder content: () -> HTML) -> HTML {
        .element(.init(tag: self, attributes: attributes, content: content()))
    }
}
