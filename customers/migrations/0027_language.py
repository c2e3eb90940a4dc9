"""The language of an account: a column without a value, no rewrite; the accounts of staff are few."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0026_list_views")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("pt-BR", "Português (Brasil)")],
                help_text="In which pages and mails are written; empty: the browser's.",
                max_length=10,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(language__in=["en", "pt-BR"]), name="customers_user_language"
            ),
        ),
    ]
