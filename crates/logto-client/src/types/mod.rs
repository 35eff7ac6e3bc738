//! Logto's answers, as far as they are read. Names follow Logto's JSON.

mod access_token;
mod credentials;
mod lenient;
mod profile;
mod profile_field;
mod session;
mod sign_in;
mod tenant;
mod user;
mod vocabulary;

pub use access_token::{NewPersonalAccessToken, PersonalAccessToken};
pub use credentials::{
    IssueNumbers, LogtoConfigs, MfaConfig, MfaVerification, PasswordCheck, PasswordFingerprint,
    PasswordIssue, Recipient,
};
pub use profile::{Address, Profile};
pub use profile_field::{
    CustomProfileField, ProfileFieldConfig, ProfileFieldOption, ProfileFieldPart, ProfileFieldType,
};
pub use session::{
    Grant, GrantApplication, GrantOwner, GrantPayload, GrantedScope, LastSubmission, RecordIdentifier,
    RevokeGrants, Session, SessionAuthorization, SessionPayload, SignInContext, SocialUserInfo,
    VerificationRecord,
};
pub use sign_in::{
    BrandColors, BrandPictures, CharacterTypes, EmailBlocklistPolicy, MfaPolicy, PasskeySignIn,
    PasswordLength, PasswordPolicy, PasswordRejects, SignInExperience, SignInIdentifier, SignInMethod,
    SignInRules, SocialConnector, UsernameCharacters, UsernamePolicy,
};
pub use tenant::{
    AccountCenter, AccountCenterFields, Application, ApplicationType, Connector, CustomClientMetadata,
    FieldControl, OidcClientMetadata, Organization, OrganizationRole, Page, Resource, Role, RoleScope,
    SsoBranding, SsoConnector,
};
pub(crate) use user::custom_data;
pub use user::{
    CustomData, Identity, IdentityDetails, SsoIdentity, User, UserChanges, UserSummary, WholeIdentity,
};
pub use vocabulary::{ConnectorType, MfaFactor, RecordType};
