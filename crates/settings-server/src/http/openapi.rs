//! The OpenAPI document, made from the one route list. Committed as docs/openapi.json; `cargo xtask codegen`
//! writes it.

use std::collections::{BTreeMap, BTreeSet};

use account_api::account::{Preferences, Profile};
use account_api::custom_fields::CustomValue;
use account_api::error::ApiError;
use account_api::step_up::{GRANT_HEADER, IDEMPOTENCY_HEADER, INSTANCE_HEADER};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItemBuilder, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Ref, Schema, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApiBuilder, RefOr, Required};

use crate::error::status_of;
use crate::http::router::{Route, RouteBase};
use crate::routes::routes;

/// Collects the schemas that the routes name.
#[derive(Default)]
pub(crate) struct Document {
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// A body.
pub(crate) enum Body {
    /// JSON, by the name of its schema.
    Json(String),
    /// A page for browsers: no operation of the API.
    Page,
}

impl Document {
    /// Returns a JSON body of type `T`.
    pub(crate) fn json<T: ToSchema>(&mut self) -> Body {
        T::schemas(&mut self.schemas);
        self.schemas.push((T::name().into_owned(), T::schema()));
        Body::Json(T::name().into_owned())
    }

    /// Returns a body that is a page for browsers.
    pub(crate) fn page(&mut self) -> Body {
        Body::Page
    }
}

/// Returns the content of a JSON body, by the name of its schema.
fn content(schema: &str) -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
}

/// 43 characters: base64url of 32 bytes, whose last character has no more than four bits of them.
const SECRET_PATTERN: &str = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$";

/// Returns the document as text: indented by two spaces, with a line feed at the end.
pub fn openapi_json() -> String {
    let mut document = Document::default();
    let mut items: BTreeMap<String, PathItemBuilder> = BTreeMap::new();
    for route in routes() {
        let Body::Json(success) = (route.response)(&mut document) else { continue };
        let path = match route.base {
            RouteBase::Base | RouteBase::Root => route.path.to_owned(),
            RouteBase::Metadata => "/.well-known/oauth-protected-resource".to_owned(),
        };
        let method = match route.method {
            "PATCH" => HttpMethod::Patch,
            "PUT" => HttpMethod::Put,
            "POST" => HttpMethod::Post,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        let operation = operation(&mut document, &route, &success);
        let item = items.remove(&path).unwrap_or_default().operation(method, operation);
        items.insert(path, item);
    }
    document.json::<ApiError>();
    document.json::<CustomValue>();
    document.json::<Profile>();
    document.json::<Preferences>();
    let paths =
        items.into_iter().fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item.build()));
    let schemas: BTreeMap<String, RefOr<Schema>> = document.schemas.into_iter().collect();
    let components = schemas
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, schema)| components.schema(name, schema))
        .security_scheme("access_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let info = InfoBuilder::new()
        .title("Latchkey settings API")
        .version("1")
        .description(Some(
            "Operations that need a token are below the server's public base URL, which is its resource indicator; the \
             rest at the root of its host, the metadata's path followed by that of the base URL (RFC 9728 §3.1).",
        ));
    let document = OpenApiBuilder::new().info(info).paths(paths).components(Some(components.build())).build();
    let mut value = serde_json::to_value(document).unwrap_or_default();
    if let Some(Value::Object(schemas)) = value.pointer_mut("/components/schemas") {
        for (name, schema) in schemas {
            fix_nullability(name, schema);
            close_named_variants(schema);
        }
    }
    let mut text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    text.push('\n');
    text
}

/// Corrects what the derive macro cannot know: the values of `Field<T>` and `Change<T>` may be null, both values of a
/// change are required, and a field of a request is present or absent, never null.
fn fix_nullability(name: &str, schema: &mut Value) {
    if let Some(inner) = name.strip_prefix("Change_") {
        for side in ["from", "to"] {
            schema["properties"][side] = nullable(inner);
        }
        schema["required"] = json!(["from", "to"]);
    } else if let Some(inner) = name.strip_prefix("Field_") {
        for variant in schema["oneOf"].as_array_mut().into_iter().flatten() {
            if variant["properties"].get("value").is_some() {
                variant["properties"]["value"] = nullable(inner);
            }
        }
    } else if name.ends_with("Request") {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for property in properties.into_iter().flat_map(Map::values_mut) {
            let change = property["oneOf"].as_array().and_then(|choices| choices.last()).cloned();
            if let Some(change) = change {
                *property = change;
            }
        }
    }
}

/// Corrects what the derive macro does not say: an object whose one member names the variant has no other member.
fn close_named_variants(schema: &mut Value) {
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        let members = variant["properties"].as_object();
        // A member with a list of values is a tag; other members may follow it.
        let is_named = members.is_some_and(|members| {
            members.len() == 1 && members.values().all(|member| member.get("enum").is_none())
        });
        if is_named {
            variant["additionalProperties"] = Value::Bool(false);
        }
    }
}

fn nullable(inner: &str) -> Value {
    let inner = match inner {
        "String" => json!({ "type": "string" }),
        "bool" => json!({ "type": "boolean" }),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    };
    json!({ "oneOf": [inner, { "type": "null" }] })
}

/// Returns the same value with its members in alphabetical order, whatever features `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> = members.into_iter().collect();
            members.into_iter().map(|(name, member)| (name, sorted(member))).collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        value => value,
    }
}

/// Returns the operation of a route that answers with JSON, `success` being the name of its schema.
fn operation(document: &mut Document, route: &Route, success: &str) -> utoipa::openapi::path::Operation {
    let mut builder =
        OperationBuilder::new().operation_id(Some(route.operation)).summary(Some(route.summary)).response(
            "200",
            ResponseBuilder::new().description("Done.").content("application/json", content(success)).build(),
        );
    if let Some(Body::Json(request)) = route.request.map(|request| request(document)) {
        builder = builder.request_body(Some(
            RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content("application/json", content(&request))
                .build(),
        ));
    }
    for parameter in parameters(route) {
        builder = builder.parameter(parameter);
    }
    if !route.scopes.is_empty() {
        let scopes = route.scopes.iter().map(|scope| scope.as_str());
        builder = builder.security(SecurityRequirement::new("access_token", scopes));
    }
    for (status, codes) in errors_by_status(route) {
        let description = format!("`{}`", codes.into_iter().collect::<Vec<_>>().join("`, `"));
        let content = content("ApiError");
        let response =
            ResponseBuilder::new().description(description).content("application/json", content).build();
        builder = builder.response(status.to_string(), response);
    }
    if route.operation == "ready" {
        let content = content(success);
        let response =
            ResponseBuilder::new().description("Not ready.").content("application/json", content).build();
        builder = builder.response("503", response);
    }
    builder.build()
}

/// Returns the ids in the path, and the headers of operations that need the app instance or a proof.
fn parameters(route: &Route) -> Vec<Parameter> {
    let text = |name: &str, place: ParameterIn, required: bool, pattern: Option<&str>, description: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(pattern);
        ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(if required { Required::True } else { Required::False })
            .description(Some(description))
            .schema(Some(schema.build()))
            .build()
    };
    let mut parameters = Vec::new();
    if route.path.contains("{id}") {
        let description = "Its id in Logto.";
        parameters.push(text("id", ParameterIn::Path, true, Some("^[A-Za-z0-9_-]{1,128}$"), description));
    }
    if route.needs_instance {
        let description = "The app instance's secret.";
        parameters.push(text(INSTANCE_HEADER, ParameterIn::Header, true, Some(SECRET_PATTERN), description));
    }
    if !route.step_up.is_empty() {
        // No pattern: a header without the shape of a grant counts as none.
        let description = "A grant of the step-up. Without a valid one: 401 `step_up_required`.";
        parameters.push(text(GRANT_HEADER, ParameterIn::Header, false, None, description));
    }
    if route.idempotent {
        let description = "Requests with the same key are the same change, which is made once.";
        let pattern = Some("^[!-~]{16,64}$");
        parameters.push(text(IDEMPOTENCY_HEADER, ParameterIn::Header, false, pattern, description));
    }
    parameters
}

fn errors_by_status(route: &Route) -> BTreeMap<u16, BTreeSet<String>> {
    let mut errors: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for code in route.codes() {
        let name = serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned));
        errors.entry(status_of(code).as_u16()).or_default().extend(name);
    }
    errors
}
