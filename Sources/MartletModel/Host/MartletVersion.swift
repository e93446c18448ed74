/// The version of this build; `CHANGELOG.md` says what is in it.
package let martletVersion = "0.1.0"
