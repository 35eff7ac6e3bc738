//! The OpenAPI document: made from the route list, committed, and true.

use std::path::Path;

use serde_json::Value;

#[test]
fn the_committed_document_is_the_present_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == settings_server::openapi_json(),
        "docs/openapi.json is stale: run `cargo xtask codegen`"
    );
}

#[test]
fn every_route_is_documented_with_its_scope_and_its_errors() {
    let document: Value = serde_json::from_str(&settings_server::openapi_json()).unwrap();
    let mut documented = 0;
    for item in document["paths"].as_object().unwrap().values() {
        documented += item.as_object().unwrap().len();
    }
    // Pages for browsers are no operations of the API.
    let mut routes = settings_server::routes();
    routes.retain(|route| !route.path.starts_with("/callback/"));
    assert_eq!(documented, routes.len());
    for route in routes {
        let operation = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .filter_map(|item| item.get(route.method.to_lowercase()))
            .find(|operation| operation["operationId"] == route.operation)
            .unwrap_or_else(|| panic!("{} is not documented", route.operation));
        match route.scopes {
            [_, ..] => {
                let scopes: Vec<&str> = route.scopes.iter().map(|scope| scope.as_str()).collect();
                assert_eq!(operation["security"][0]["access_token"], serde_json::json!(scopes));
                for status in ["200", "401", "403", "502", "503"] {
                    assert!(operation["responses"].get(status).is_some(), "{} {status}", route.operation);
                }
            }
            [] => assert!(operation.get("security").is_none(), "{}", route.operation),
        }
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&settings_server::openapi_json()).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 10);
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[test]
fn the_route_table() {
    let table: Vec<String> = settings_server::routes()
        .iter()
        .map(|route| {
            let scope = match route.scopes {
                [] => "no token".to_owned(),
                scopes => settings_server::Scope::list(scopes),
            };
            let proof = match route.step_up {
                [] => String::new(),
                purposes => format!(" after {purposes:?}"),
            };
            format!("{} {:?}{} {} [{scope}]{proof}", route.method, route.base, route.path, route.operation)
        })
        .collect();
    insta::assert_json_snapshot!(table);
}

#[test]
fn document_marks_nullable_and_required_members() {
    let document: Value = serde_json::from_str(&settings_server::openapi_json()).unwrap();
    let schemas = &document["components"]["schemas"];
    let nullable = |value: &Value| {
        value["oneOf"].as_array().is_some_and(|one| one.iter().any(|one| one["type"] == "null"))
    };
    for change in ["Change_String", "Change_Address", "Change_Theme", "Change_Language"] {
        assert_eq!(schemas[change]["required"], serde_json::json!(["from", "to"]), "{change}");
        assert!(nullable(&schemas[change]["properties"]["to"]), "{change}");
        assert_eq!(schemas[change]["additionalProperties"], false, "{change}");
    }
    for field in ["Field_String", "Field_Profile", "Field_Preferences"] {
        let variants = schemas[field]["oneOf"].as_array().unwrap();
        assert!(
            nullable(&variants[0]["properties"]["value"]) && nullable(&variants[1]["properties"]["value"]),
            "{field}"
        );
        assert!(variants[2]["properties"].get("value").is_none(), "{field}");
    }
    for request in ["AccountUpdateRequest", "ProfileUpdateRequest", "PreferencesUpdateRequest"] {
        assert_eq!(schemas[request]["additionalProperties"], false, "{request}");
        assert!(
            schemas[request]["properties"]
                .as_object()
                .unwrap()
                .values()
                .all(|property| property.get("$ref").is_some())
        );
    }
}
