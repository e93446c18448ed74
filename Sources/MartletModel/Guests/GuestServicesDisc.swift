/// The disc that brings the integration services to a guest: an image of its own, or beside the seed of its cloud-init.
package enum GuestServicesDisc {
    /// What `image build` is told to make it.
    package static let recipe = "martlet-guest"
    package static let label = "martlet-guest"
    /// A script that installs what lies beside it (`packaging/guest/install.sh`).
    package static let installer = "install.sh"
    package static let package = "martlet-guest.deb"

    /// What the image of a version is called unless somebody says otherwise.
    package static func imageName(version: String) -> String { "\(recipe)-\(version)" }

    /// What cloud-init runs once, at the first start, from the disc that has the seed. It is a vendor's script, which
    /// what an administrator says in the user data doesn't replace.
    package static let vendorScript = """
        #!/bin/sh
        # Installs the integration services, which are on the disc with the seed.
        folder=$(mktemp -d) || exit 1
        mount -o ro "$(blkid -l -o device -t LABEL=cidata)" "$folder" || exit 1
        sh "$folder/install.sh"
        code=$?
        umount "$folder"
        rmdir "$folder"
        exit $code

        """
}
