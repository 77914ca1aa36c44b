"""How every Django form looks: rendered by the project's own templates, in the frames of the one stylesheet."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"
