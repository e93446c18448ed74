import HTTPTypes
import MartletHost
import MartletModel
import NIOCore

/// `/metrics`, for Prometheus; also at the top, where Prometheus asks by default.
package enum MetricsRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/metrics", "getMetrics",
                "The host, its machines and its operations in Prometheus' text format; also at /metrics.",
                for: .viewer,
                answer: .init(
                    status: .ok, content: .text(mediaType: MetricsPage.mediaType),
                    summary: "Metrics in the text format, version 0.0.4.")
            ) { call in
                let page = await MetricsPage.take(call.surface)
                return Reply(body: .pieces([ByteBuffer(string: page.text)], mediaType: MetricsPage.mediaType))
            }
        ]
    }
}
