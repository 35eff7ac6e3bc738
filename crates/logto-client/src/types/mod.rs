//! What Logto's answers hold, as far as it is read. Names follow Logto's JSON.

mod tenant;
mod user;

pub use tenant::{
    AccountCenter, AccountCenterFields, Application, ApplicationType, BrandColors, BrandPictures, Connector,
    CustomClientMetadata, FieldControl, OidcClientMetadata, Page, Resource, Role, RoleScope,
    SignInExperience,
};
pub use user::{Address, CustomData, Profile, SsoIdentity, User, UserChanges, UserSummary};
