//! The recordings as they lie in `recordings/`.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One recorded exchange.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) sequence: u64,
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) status: u16,
    pub(crate) answer_headers: Vec<(String, String)>,
    pub(crate) answer: Value,
    pub(crate) decoded: Value,
}

impl Recording {
    /// Returns a plain GET, for a step that was made but not recorded.
    pub(crate) fn get(path: &str) -> Self {
        Self {
            sequence: 0,
            name: "visit".to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Value::Null,
            status: 200,
            answer_headers: Vec::new(),
            answer: Value::Null,
            decoded: Value::Null,
        }
    }
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Returns every recording in the order in which it was made; those without a number come last.
pub(crate) fn load() -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut recordings: Vec<Recording> = files
        .iter()
        .flat_map(|file| {
            let all: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            all.into_iter().map(|one| Recording {
                sequence: one["seq"].as_u64().unwrap_or(u64::MAX),
                name: one["name"].as_str().unwrap().to_owned(),
                method: one["request"]["method"].as_str().unwrap().to_owned(),
                path: one["request"]["path"].as_str().unwrap().to_owned(),
                query: pairs(&one["request"]["query"]),
                headers: pairs(&one["request"]["headers"]),
                body: one["request"]["body"].clone(),
                status: u16::try_from(one["response"]["status"].as_u64().unwrap()).unwrap(),
                answer_headers: pairs(&one["response"]["headers"]),
                answer: one["response"]["body"].clone(),
                decoded: one["decoded"].clone(),
            })
        })
        .collect();
    recordings.sort_by_key(|recording| recording.sequence);
    recordings
}

/// Whether a path fits a pattern with `{names}`; a last segment `*` fits any rest.
pub(crate) fn path_fits(pattern: &str, path: &str) -> bool {
    let mut given = path.split('/');
    for want in pattern.split('/') {
        if want == "*" {
            return true;
        }
        match given.next() {
            Some(have) if want.starts_with('{') && !have.is_empty() => {}
            Some(have) if want == have => {}
            _ => return false,
        }
    }
    given.next().is_none()
}
