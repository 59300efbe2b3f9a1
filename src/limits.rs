//! The stated bounds on work and memory (promise 10). Past one, the input is refused with the
//! code `limit`; none is ever silently truncated.

/// Largest manifest (`SHA256SUMS` or an old list), in bytes.
pub const MANIFEST_BYTES: u64 = 1 << 30;
/// Longest line of a manifest, in bytes without its line feed.
pub const MANIFEST_LINE: usize = 128 << 10;
/// Most entries of one manifest.
pub const MANIFEST_ENTRIES: usize = 10_000_000;
/// Largest envelope, bundle or other JSON evidence, in bytes.
pub const ENVELOPE_BYTES: u64 = 16 << 20;
/// Most signatures in one DSSE envelope or signed note.
pub const SIGNATURES: usize = 64;
/// Most subjects in one in-toto Statement.
pub const SUBJECTS: usize = 100_000;
/// Most bundles beside one manifest.
pub const BUNDLES: usize = 64;
/// Most bytes that are hashed to try signatures under keys: the sum of the payloads, each times
/// its signatures, times the trusted keys.
pub const SIGNED_WORK: u64 = 64 << 30;
/// Largest key file, in bytes.
pub const KEY_BYTES: u64 = 64 << 10;
/// Largest password file, in bytes.
pub const PASSWORD_BYTES: u64 = 4 << 10;
/// Largest detached signature of minisign or OpenSSH, in bytes.
pub const SIGNATURE_BYTES: u64 = 64 << 10;
/// Largest record of what was seen of one archive, in bytes: bundles and a policy, in base64.
pub const STATE_BYTES: u64 = 64 << 20;
/// Largest policy or list of allowed signers, in bytes.
pub const POLICY_BYTES: u64 = 4 << 20;
/// Most keys given on one command line or in one policy.
pub const KEYS: usize = 4_096;
/// Longest path beneath a root, in bytes.
pub const PATH_BYTES: usize = 64 << 10;
/// Deepest folder beneath a root.
pub const PATH_DEPTH: usize = 16_384;
/// Most file subjects that `sign` writes into a statement; GitHub attestations take no more.
pub const FILE_SUBJECTS: usize = 1_024;
/// Largest file that is read whole because its signature covers the bytes themselves and not a
/// digest of them (legacy minisign), in bytes.
pub const WHOLE_FILE_BYTES: u64 = 1 << 30;
/// Most serials that a collection's history is followed back.
pub const HISTORY: u64 = 100_000;
/// Most findings of one run; what is past them is counted in one `limit` finding.
pub const FINDINGS: usize = 1_000_000;
/// Most hashes of one inclusion or consistency proof: a tree of 64-bit size needs no more.
pub const PROOF_HASHES: usize = 64;
/// Most logs, witnesses or groups, each, of one tlog-policy; C2SP asks for 32.
pub const WITNESSES: usize = 256;
/// Longest entry of a log, in bytes; ours are smaller, and a bundle of 256 stays small.
pub const LOG_ENTRY_BYTES: usize = 4 << 10;
/// Most entries of a log that one run appends or finds without a checkpoint: their hashes are
/// held in memory.
pub const LOG_PENDING: u64 = 1_000_000;
/// Most entries of a log that is audited or searched.
pub const LOG_ENTRIES: u64 = 100_000_000;
/// Largest text that is compared, in bytes of the file and of the decoded text.
pub const TEXT_BYTES: u64 = 256 << 20;
/// Most documents on one side of a comparison of two folders, and most changes that one `verify`
/// shows.
pub const COMPARED_DOCUMENTS: usize = 10_000;
/// Most bytes of documents that one comparison of two folders reads as texts.
pub const COMPARED_BYTES: u64 = 1 << 30;
/// Most words that are looked at to find documents under new names with edits in them.
pub const RENAME_WORDS: usize = 500_000_000;
/// Largest document (HTML, PDF, DOCX) that text is taken out of, and most text taken out of it, in
/// bytes.
pub const DOCUMENT_BYTES: u64 = 256 << 20;
/// Deepest nesting of markup that is told apart; what lies deeper is read as lying there.
pub const MARKUP_DEPTH: usize = 512;
/// Most steps taken to read a PDF: instructions, characters shown, and eight bytes each of its
/// unpacked content.
pub const PDF_STEPS: usize = 20_000_000;
/// Longest head of an HTTP request or answer, its first line and all its fields, in bytes.
pub const HTTP_HEAD_BYTES: usize = 16 << 10;
/// Most fields in the head of an HTTP request.
pub const HTTP_FIELDS: usize = 64;
/// Largest answer of a server that a command asked, in bytes: a timestamp with its certificates
/// has some thousand, the lines of a witness fewer.
pub const HTTP_ANSWER_BYTES: u64 = 1 << 20;
/// Longest that a server is waited for, from its name to the last byte of its answer, in seconds.
pub const HTTP_CLIENT_SECONDS: u64 = 30;
/// Longest that one connection to a server of ours lasts, in seconds.
pub const HTTP_SERVER_SECONDS: u64 = 10;
/// Most connections to a server of ours at one time; more of them wait.
pub const HTTP_CONNECTIONS: usize = 16;
/// Largest request to a witness, in bytes: 63 hashes and a checkpoint with 64 signatures fit many
/// times over.
pub const WITNESS_REQUEST_BYTES: u64 = 256 << 10;
/// Most hashes in a request to a witness (C2SP, tlog-witness): as many as a tree of 64-bit size
/// can need.
pub const WITNESS_PROOF: usize = 63;
/// Most files of evidence that a witness keeps, so that a log that signs forks without end does
/// not fill its disk.
pub const WITNESS_EVIDENCE: usize = 1_000;
/// Largest timestamp token, answer of an authority or certificate, in bytes. Real ones have one to
/// ten thousand; the rest is for revocation lists that some put in.
pub const TOKEN_BYTES: u64 = 1 << 20;
/// Most certificates in one timestamp token, or given for it as roots or in between.
pub const TSA_CERTIFICATES: usize = 64;
/// Largest file of certificates, in bytes.
pub const CERTIFICATES_BYTES: u64 = 1 << 20;
/// Most certificates from the signer of a timestamp to its root, both counted.
pub const CHAIN: usize = 8;
/// Most signatures that are tried to find that chain.
pub const CHAIN_STEPS: usize = 256;
