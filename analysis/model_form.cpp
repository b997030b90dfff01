#include "analysis/model_form.h"

namespace ergon::model_form {

const ModelForm* named(std::string_view name, int version) {
  for (const ModelForm* form : all()) {
    if (form->name == name && form->version == version) return form;
  }
  return nullptr;
}

}  // namespace ergon::model_form
