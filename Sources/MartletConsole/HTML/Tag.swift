/// The elements that pages are made of. There is none that holds script or style: those come from files of their own.
enum Tag: String, Sendable {
    case html, head, body, title, meta, link, script
    case header, nav, main, footer, section, div, span, p, a, h1, h2, ul, li, dl, dt, dd
    case table, thead, tbody, tr, th, td
    case form, label, input, button, select, option, textarea, fieldset, legend, progress, meter
    case details, summary, dialog, strong, small, time, img

    /// Those without an end tag (HTML, 13.1.2).
    var isVoid: Bool {
        switch self {
        case .meta, .link, .input, .img: true
        default: false
        }
    }

    func callAsFunction(_ attributes: Attribute...) -> HTML {
        .element(.init(tag: self, attributes: attributes, content: .nothing))
    }

    func callAsFunction(_ attributes: Attribute..., @HTMLBuilder content: () -> HTML) -> HTML {
        .element(.init(tag: self, attributes: attributes, content: content()))
    }

    func callAsFunction(attributes: [Attribute], @HTMLBuilder content: () -> HTML) -> HTML {
        .element(.init(tag: self, attributes: attributes, content: content()))
    }
}
