//! Surveys: whom they ask, and what was answered.

pub mod survey;
pub mod survey_invitation;
pub mod survey_response;
